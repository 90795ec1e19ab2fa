/** The help of every command: as wide as a terminal of 80 columns, and with the options that the parser has. */
import { describe, expect, it } from "vitest"
import { commands, groups } from "../../src/cli/Commands.js"
import { type CommandNode, nodeOf } from "../../src/cli/help/CommandTree.js"
import { helpOf } from "../../src/cli/help/Help.js"
import { runCli } from "../support/cli.js"

const plain = (text: string): string => text
const textOf = (path: ReadonlyArray<string>): string => helpOf(groups, path, plain)

const everyNode = (nodes: ReadonlyArray<CommandNode>): ReadonlyArray<CommandNode> =>
  nodes.flatMap((node) => [node, ...everyNode(node.subcommands)])
const nodes = everyNode(commands.map((one) => nodeOf(one)))

const flowing = (text: string): string => text.replace(/\s+/g, " ")

/** The parser's own tree, which its public interface does not show. */
interface Parsed {
  readonly _tag: string
  readonly name?: string
  readonly fullName?: string
  readonly fallback?: unknown
  readonly [part: string]: unknown
}

const partsOf = (parsed: Parsed): ReadonlyArray<Parsed> =>
  ["command", "parent", "options", "args", "left", "right", "argumentOption"].flatMap((part) =>
    parsed[part] === undefined ? [] : [parsed[part] as Parsed]
  )

/** The names and defaults of the options at or beneath a part of the tree. */
const optionsIn = (parsed: Parsed, usual: unknown = undefined): ReadonlyArray<readonly [string, unknown]> =>
  parsed._tag === "Single" && parsed.fullName?.startsWith("--") === true
    ? [[parsed.fullName, usual]]
    : partsOf(parsed).flatMap((part) => optionsIn(part, parsed._tag === "WithDefault" ? parsed.fallback : usual))

const parsedAt = (path: ReadonlyArray<string>): Parsed => {
  const standard = (parsed: Parsed): Parsed => (parsed._tag === "Standard" ? parsed : standard(partsOf(parsed)[0]!))
  const nameOf = (parsed: Parsed): string => String(standard(parsed).name)
  const childrenOf = (parsed: Parsed): ReadonlyArray<Parsed> =>
    parsed._tag === "Subcommands" ? (parsed["children"] as Array<Parsed>) : partsOf(parsed).flatMap(childrenOf)
  const [top, ...below] = path
  const first = commands.map(({ descriptor }) => descriptor as unknown as Parsed).find((one) => nameOf(one) === top)!
  return standard(below.reduce((at, name) => childrenOf(at).find((one) => nameOf(one) === name)!, first))
}

describe("the help of", () => {
  const all: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    ["all commands", []],
    ...nodes.map(({ path }) => [path.join(" "), path] as const)
  ]
  it.each(all)("%s is at most 80 columns wide, and has none of the parser's fillers", (_, path) => {
    const text = textOf(path)
    expect(text).not.toBe("")
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([])
    expect(text).not.toMatch(/A true or false value|This setting is optional|user-defined piece|\[object|undefined/)
  })
  it.each(nodes.map(({ path }) => [path.join(" "), path] as const))(
    "%s names the options of the parser, with their defaults, and no others",
    (_, path) => {
      const text = textOf(path)
      const parsed = optionsIn(parsedAt(path))
      const named = [...text.matchAll(/^ {2}(--[a-z][a-z-]*)/gm)].map(([, name]) => name)
      expect([...named].sort()).toEqual(parsed.map(([name]) => name).sort())
      for (const [name, usual] of parsed) {
        const block = text.split(/\n(?= {2}-)/).find((one) => one.startsWith(`  ${name}`))!
        // 0 days of a replay are the recorded one alone.
        if (typeof usual === "number" && usual !== 0) expect(flowing(block)).toContain(`; default ${usual}`)
        if (typeof usual === "string" && usual !== "") expect(flowing(block)).toContain(`; default ${usual}`)
      }
    }
  )
  it.each(nodes.map((node) => [node.path.join(" "), node] as const))("%s has an example of itself", (_, node) => {
    expect(node.summary.length).toBeLessThanOrEqual(62)
    expect(node.summary).toMatch(/\.$/)
    expect(node.examples.length).toBeGreaterThan(0)
    for (const example of node.examples) expect(example).toMatch(/^hookshift /)
    for (const { description } of [...node.options, ...node.args]) expect(description).not.toBe("")
  })
  it("all commands is one screen, with every command once under a title", () => {
    const text = textOf([])
    expect(text.split("\n").length).toBeLessThanOrEqual(48)
    const listed = [...text.matchAll(/^ {2}([a-z][a-z-]*) {2,}/gm)].map(([, name]) => name)
    expect([...listed].sort()).toEqual(commands.map((one) => nodeOf(one).name).sort())
    for (const { title } of groups) expect(text).toContain(`\n${title}\n`)
  })
})

describe("a process that prints help", () => {
  const escape = "\u001b"
  it.each([
    [["--help"], "Usage: hookshift COMMAND"],
    [["help"], "Usage: hookshift COMMAND"],
    [["help", "inbox", "list"], "Usage: hookshift inbox list"],
    [["audit", "--db", "x", "--help"], "Usage: hookshift audit"],
    [["inbox"], "Usage: hookshift inbox COMMAND"],
    [["record", "--help", "--", "node", "--version"], "Usage: hookshift record"]
  ])("%j: without colours in a pipe", async (args, words) => {
    const ran = await runCli(args)
    expect([ran.code, ran.stderr]).toEqual([0, ""])
    expect(ran.stdout).toContain(words)
    expect(ran.stdout).not.toContain(escape)
  })
  it("has colours where FORCE_COLOR asks for them, in its headings only", async () => {
    const ran = await runCli(["help", "db"], { env: { FORCE_COLOR: "1" } })
    expect(ran.stdout).toContain(`${escape}[1mCommands${escape}[22m`)
    expect(ran.stdout.replaceAll(`${escape}[1m`, "").replaceAll(`${escape}[22m`, "")).toBe(
      (await runCli(["help", "db"])).stdout
    )
  })
  it.each([
    [["help", "inbxo"], 'there is no command "inbxo", perhaps "inbox" is meant'],
    [["audit", "--dmeo"], 'audit has no option "--dmeo", perhaps "--demo" is meant: see hookshift help audit'],
    [["import", "hra", "x"], "import: expected one of the following cases: har, ndjson, common, combined"],
    [["inbox", "purge"], "inbox purge: expected to find option: '--older-than'; see hookshift help inbox purge"]
  ])("%j: names what is wrong in one sentence", async (args, words) => {
    const ran = await runCli(args, { env: { FORCE_COLOR: "1" } })
    expect([ran.code, ran.stdout]).toEqual([2, ""])
    expect(ran.stderr.startsWith(`hookshift: ${words}`)).toBe(true)
    expect(ran.stderr.trim().split("\n")).toHaveLength(1)
    expect(ran.stderr).not.toContain(escape)
  })
})
