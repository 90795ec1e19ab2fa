/** Misspelt names of commands, without a process. */
import { describe, expect, it } from "vitest"
import { unknownCommand } from "../../src/cli/CommandNames.js"
import { commands } from "../../src/cli/Commands.js"

describe("a name that no command has", () => {
  it.each([
    [
      "rekkey",
      ["inbox", "reky"],
      'inbox has no subcommand "reky", perhaps "rekey" is meant: the names are history, list,'
    ],
    ["a command", ["inbx"], 'there is no command "inbx", perhaps "inbox" is meant: the names are init, audit,'],
    [
      "far from all",
      ["db", "frobnicate"],
      'db has no subcommand "frobnicate": the names are backup, check, and vacuum'
    ],
    ["with options behind it", ["replay", "gird", "--seed", "7"], 'replay has no subcommand "gird", perhaps "grid"']
  ])("is told with those that there are: %s", (_, args, begins) => {
    expect(unknownCommand(commands, args)?.startsWith(begins)).toBe(true)
  })
  it.each([
    ["no arguments", []],
    ["an option first", ["--version"]],
    ["a command alone", ["inbox"]],
    ["a subcommand", ["inbox", "rekey"]],
    ["an option of a group", ["replay", "--seed", "7"]],
    ["a command's own words", ["import", "har", "x.har"]]
  ])("is not seen in %s", (_, args) => {
    expect(unknownCommand(commands, args)).toBeNull()
  })
})
