import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { everyFile, root } from "../support/files.js"
import { numberHomes, readSource, secondHomes } from "./numberHomes.js"

const sources = everyFile(join(root, "src"))
  .map(({ file }) => file.slice(file.indexOf("src/")))
  .filter((file) => file.endsWith(".ts"))

/** Literals that share a name with one of the numbers and mean something else. */
const others = [
  // The span that a poller is taken to ask for again: an assumption on programs of others, which no setting of hookshift moves.
  "src/scenarios/PollerSpecs.ts overlap"
]

const inFile = (text: string) => secondHomes("src/elsewhere/File.ts", text).map(({ number }) => number)

describe("the numbers of the policy", () => {
  it("each stand in one file of src, and in no other under any name", () => {
    const found = sources.flatMap((file) => secondHomes(file, readSource(file)))
    expect(
      found
        .filter(({ file, number }) => !others.includes(`${file} ${number}`))
        .map(({ file, line, number, text }) => `${file}:${line} ${number}: ${text}`)
    ).toEqual([])
    expect(found.map(({ file, number }) => `${file} ${number}`)).toEqual(others)
  })

  it("stand in the homes that the list names", () => {
    const missing = numberHomes.filter(({ home, values }) => {
      const text = readSource(home).replaceAll("_", "")
      return !values.some((value) => new RegExp(`[=:] ${value}\\b`).test(text))
    })
    expect(missing.map(({ name }) => name)).toEqual([])
  })
})

describe("a second home is found", () => {
  it.each([
    ["overlap", "const overlapMs = 90_000"],
    ["overlap", "/** Each reading begins before its cursor. */\nconst reachMs = 2 * 60_000"],
    ["overlap", "const settings = { overlap: Duration.minutes(2) }"],
    ["overlap", "const from = options.overlapMs ?? 120_000"],
    ["overlap", 'const help = "The overlap of two sweeps; default 2m"'],
    ["readable after", "const f = (at: number, readableWithinMs = 30_000) => at - readableWithinMs"],
    ["read lag", "const world = { readLagMs: options.readLagMs ?? 800 }"],
    ["fetch tries", "const fetchTries = 3"],
    ["pause before fetching again", "/** An answer older than its delivery is asked again. */\nconst pauseMs = 2_000"],
    ["pause after a failed fetch", "/** A failed fetch is repeated. */\nconst waitMs = 30_000"],
    ["acknowledge within", "const { ackDeadlineMs = 4_000 } = options"],
    ["acknowledge within", "/** The receiver answers 503 after four seconds. */\nconst deadline = given"],
    ["push latency", "/** From a change to its first attempt. */\nconst typical = { atLeast: 700, tail: 1_800 }"],
    ["limiter's share", "if (remaining < total * 0.1) slow()"],
    ["limiter's share", "/** Slows down below 10 % of the limit. */\nconst slow = true"]
  ])("%s: %s", (name, text) => {
    expect(inFile(text)).toContain(name)
  })

  it("and a number of another subject is not one", () => {
    const text = `
      /** Gap within which a loop of calls is one sweep. */
      const loopGapMs = 120_000
      const stuckAfterMs = 30_000
      const busyTimeoutMs = 2_000
      const plans = { free: 700, retries: 3 }
      const isNotable = change > 0.1
      const overlapMs = overlap === undefined ? usual : overlap
      /** Reads behind its cursor by the policy's overlap. */
      const from = readsFrom(cursor, overlapMs)
    `
    expect(inFile(text)).toEqual([])
  })
})
