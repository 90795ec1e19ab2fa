/** Meaning of a line of arguments, without a process: help anywhere, and misspelt names. */
import { describe, expect, it } from "vitest"
import { lookAt } from "../../src/cli/CommandNames.js"
import { commands } from "../../src/cli/Commands.js"

describe("a name that there is not", () => {
  it.each([
    [
      "a subcommand",
      ["inbox", "reky"],
      'inbox has no subcommand "reky", perhaps "rekey" is meant: the names are list, show,'
    ],
    ["a command", ["inbx"], 'there is no command "inbx", perhaps "inbox" is meant: the names are init, record,'],
    [
      "far from all",
      ["db", "frobnicate"],
      'db has no subcommand "frobnicate": the names are backup, check, and vacuum'
    ],
    ["with options behind it", ["replay", "gird", "--seed", "7"], 'replay has no subcommand "gird", perhaps "grid"'],
    ["behind options of its group", ["replay", "--seed", "7", "gird"], 'replay has no subcommand "gird"'],
    [
      "another program without its --",
      ["record", "--integration", "x", "node", "a.js", "--port", "1"],
      'the program of record stands behind "--": put -- before "node", as in hookshift record -- node app.js'
    ],
    ["the program that init is to start", ["init", "npm", "start"], 'the program of init stands behind "--": put --'],
    ["a subcommand of record", ["record", "staus"], 'record has no subcommand "staus", perhaps "status" is meant'],
    [
      "an option",
      ["audit", "--dmeo"],
      'audit has no option "--dmeo", perhaps "--demo" is meant: see hookshift help audit'
    ],
    ["an option with its value", ["audit", "--sed=7"], 'audit has no option "--sed", perhaps "--seed" is meant'],
    [
      "an option far from all",
      ["inbox", "list", "--frobnicate"],
      'inbox list has no option "--frobnicate": see hookshift help inbox list'
    ],
    [
      "an option with a value of a command with subcommands",
      ["mirror", "--lissten", "127.0.0.1:1"],
      'mirror has no option "--lissten", perhaps "--listen" is meant'
    ],
    ["an option before its command", ["--db", "x", "audit"], 'the option "--db" stands before the command'],
    ["an option without its value", ["audit", "--db"], "--db needs a value: see hookshift help audit"],
    [
      "a list given twice",
      ["plan", "--slo", "ticket=5m@p95", "--slo", "contact=5m@p95"],
      "--slo is given more than once: give it once, with commas between its values; see hookshift help plan"
    ],
    [
      "a list of another command",
      ["audit", "--format=md", "--format=html"],
      "--format is given more than once: give it once, with"
    ],
    [
      "a value given twice",
      ["audit", "--db", "a", "--db=b"],
      "--db is given more than once: give it once; see hookshift help audit"
    ],
    [
      "a switch given twice, by its short name",
      ["audit", "-q", "--quiet"],
      "--quiet is given more than once: give it once; see"
    ],
    [
      "a list that is empty",
      ["subscriptions", "remove", "--events", ""],
      "--events is given without a value (a shell variable that is not set?): name its values, or leave the option out; see"
    ],
    ["a list of nothing", ["subscriptions", "apply", "--events", " , "], "--events is given without a value"],
    ["an empty value behind =", ["plan", "--slo="], "--slo is given without a value"],
    ["an empty gate", ["audit", "--fail-on", ""], "--fail-on is given without a value"],
    [
      "an empty name",
      ["subscriptions", "status", "--source", ""],
      "--source is given without a value (a shell variable that is not set?): name it, or leave the option out; see"
    ],
    [
      "an empty name that is needed",
      ["cutover", "--integration", ""],
      "--integration is given without a value (a shell variable that is not set?): name it; see hookshift help cutover"
    ],
    ["an empty name of a database, with no command", ["--db", ""], 'the option "--db" stands before the command'],
    ["a command of which help is asked", ["audt", "--help"], 'there is no command "audt"']
  ])("is told with the nearest: %s", (_, args, begins) => {
    const look = lookAt(commands, args)
    expect(look.tag === "wrong" ? look.sentence.slice(0, begins.length) : look.tag).toBe(begins)
  })
  it.each([
    ["an option first", ["--version"]],
    ["a subcommand", ["inbox", "rekey"]],
    ["an option of a group", ["replay", "--seed", "7"]],
    ["an option's short name", ["audit", "-q"]],
    ["an option that may be given again", ["audit", "--product", "freshdesk", "--product", "freshsales"]],
    ["an option in capitals, as the parser takes it", ["audit", "--DEMO"]],
    ["a value that looks like an option's", ["audit", "--faults", "--x"]],
    ["a value that looks like a subcommand", ["replay", "--from", "grid"]],
    ["the parser's own options", ["audit", "--log-level", "debug"]],
    ["the parser's own options of a group", ["inbox", "--wizard"]],
    ["a command's own words", ["import", "har", "x.har"]]
  ])("is not seen in %s", (_, args) => {
    expect(lookAt(commands, args).tag).toBe("run")
  })
})

describe("help", () => {
  it.each([
    [[], []],
    [["--help"], []],
    [["-h"], []],
    [["audit", "--db", "x", "--help"], ["audit"]],
    [["audit", "--help", "--db", "x"], ["audit"]],
    [
      ["--help", "inbox", "list"],
      ["inbox", "list"]
    ],
    [
      ["inbox", "--help", "list"],
      ["inbox", "list"]
    ],
    [
      ["inbox", "list", "--help"],
      ["inbox", "list"]
    ],
    [["audit", "--nonsense", "--help"], ["audit"]],
    [["import", "har", "--help"], ["import"]],
    [["inbox"], ["inbox"]],
    [["subscriptions"], ["subscriptions"]],
    [["db"], ["db"]]
  ])("is asked for by %j", (args, path) => {
    expect(lookAt(commands, args)).toEqual({ tag: "help", path })
  })
})
