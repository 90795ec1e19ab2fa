/**
 * Random days of the production receiver in virtual time, each held against the account's truth; and deliberate bugs in its
 * policy, each of which has to be found. `npm run simulate:receiver` plays two thousand; `SEED=…` plays one, as a failure prints it.
 */
import { describe, expect, it } from "vitest"
import { type Policy, policy } from "../../src/policy/index.js"
import { bugs } from "./bugs.js"
import { type FaultKind, faultKinds, randomDay } from "./Day.js"
import { simulateDay } from "./simulate.js"

const seeds = Number(process.env["RECEIVER_SEEDS"] ?? 8)
const first = Number(process.env["SEED"] ?? 1)
/** Days that a bug may hide in; bugs are looked for in the whole campaign only. */
const most = Number(process.env["BUG_SEEDS"] ?? 0)

const listed = (text: string | undefined): ReadonlySet<FaultKind> =>
  new Set(faultKinds.filter((kind) => (text ?? "").split(",").includes(kind)))

const play = (seed: number, by: Policy = policy, without = listed(process.env["WITHOUT"])) =>
  simulateDay(randomDay(seed, without), by)

/** Leaves out kinds of faults as long as the day still fails. */
const shrunk = async (seed: number, by: Policy): Promise<string> => {
  const without = new Set<FaultKind>()
  for (const kind of faultKinds) {
    const fewer = new Set([...without, kind])
    if ((await play(seed, by, fewer)).length > 0) without.add(kind)
  }
  return `SEED=${seed} WITHOUT=${[...without].join(",")} npm run simulate:receiver`
}

const long = { timeout: 3_600_000 }

describe("the receiver in virtual time", () => {
  it.runIf(process.env["SEED"] !== undefined)("holds in the one day that is named", long, async () => {
    const wrong = bugs.find(({ name }) => name === process.env["BUG"])
    expect(await play(first, wrong?.policy)).toEqual([])
  })
  it.runIf(process.env["SEED"] === undefined)(`keeps its promises in ${seeds} random days`, long, async () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const wrong = await play(seed)
      if (wrong.length > 0) expect({ wrong, command: await shrunk(seed, policy) }).toEqual(null)
    }
  })
})

describe.runIf(process.env["SEED"] === undefined && most > 0)("a deliberate bug", () => {
  for (const { foundBy, name, policy: wrong } of bugs)
    it(`is found: ${name}`, long, async () => {
      for (let seed = 1; seed <= most; seed++) {
        const found = (await play(seed, wrong)).filter((message) => foundBy.some((rule) => message.startsWith(rule)))
        if (found.length === 0) continue
        if (process.env["TABLE"] !== undefined) console.log(`| ${name} | ${seed} | ${found[0]} |`)
        return
      }
      expect.fail(`not found in ${most} days`)
    })
})
