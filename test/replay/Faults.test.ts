/**
 * Random scenarios with everything that can go wrong, each held against its own history; and deliberate bugs, each of which
 * has to be found. `npm run simulate:faults` runs ten thousand; `SEED=…` runs one, as a failure prints it.
 */
import { describe, expect, it } from "vitest"
import { checkHistory, type HistoryLine, runSimulation, type Violation } from "../../src/replay/index.js"
import { bugs, type Decisions, decisions } from "./bugs.js"
import { nothing, randomScenario, readLagsOf, type Without } from "./randomScenario.js"
import { asNamed, type Shrunk, shrink } from "./shrink.js"

const seeds = Number(process.env["SCENARIOS"] ?? 800)
const named = asNamed(process.env)

const violationsOf = (
  seed: number,
  without: Without = nothing,
  by: Decisions = decisions
): ReadonlyArray<Violation> => {
  const history: Array<HistoryLine> = []
  runSimulation(randomScenario(seed, without), { sink: (line) => history.push(line), readLag: readLagsOf(seed), ...by })
  return checkHistory(history)
}

/** Lets the runner hear of this process, which a slow machine keeps busy for minutes. */
const breathe = () => new Promise((go) => setImmediate(go))

const firstFailing = async (
  by: Decisions,
  most: number
): Promise<{ readonly seed: number; readonly violations: ReadonlyArray<Violation> } | null> => {
  for (let seed = 1; seed <= most; seed++) {
    await breathe()
    const violations = violationsOf(seed, nothing, by)
    if (violations.length > 0) return { seed, violations }
  }
  return null
}

const failingSeeds = async (by: Decisions, most: number): Promise<ReadonlyArray<number>> => {
  const seeds: Array<number> = []
  for (let seed = 1; seed <= 1_000 && seeds.length < most; seed++) {
    await breathe()
    if (violationsOf(seed, nothing, by).length > 0) seeds.push(seed)
  }
  return seeds
}

describe("the model under all faults", () => {
  it.runIf(named !== null)("holds in the one scenario that is named", () => {
    const wrong = bugs.find(({ name }) => name === process.env["BUG"])
    expect(violationsOf(named!.seed, named!.without, wrong?.decisions)).toEqual([])
  })
  it.runIf(named === null)(`loses nothing in ${seeds} random scenarios`, async () => {
    const failing = await firstFailing(decisions, seeds)
    const told =
      failing === null
        ? null
        : {
            ...failing,
            command: shrink(failing.seed, (without) => violationsOf(failing.seed, without).length > 0).command
          }
    expect(told).toBeNull()
  })
  it("really has faults, losses and repairs in them", () => {
    const sum = { dropped: 0, duplicates: 0, rejected: 0, recovered: 0, uncovered: 0, pushed: 0, refused: 0 }
    for (let seed = 1; seed <= 200; seed++) {
      const { polling, webhook } = runSimulation(randomScenario(seed))
      for (const name of ["dropped", "duplicates", "rejected", "recovered", "uncovered", "pushed"] as const)
        sum[name] += webhook[name]
      sum.refused += polling.refused
    }
    for (const [name, count] of Object.entries(sum))
      expect([name, count > 100 || (name === "refused" && count > 0)]).toEqual([name, true])
  })
})

describe.runIf(named === null)("a deliberate bug", () => {
  for (const { decisions: wrong, foundBy, name } of bugs) {
    it(`is found: ${name}`, async () => {
      const failing = await firstFailing(wrong, 1_000)
      expect(failing).not.toBeNull()
      const byRule = failing!.violations.map(({ rule }) => rule)
      expect(byRule.some((rule) => foundBy.includes(rule))).toBe(true)
      // The smallest of what the first few failing seeds shrink to.
      const shrunk: Array<Shrunk> = []
      for (const seed of await failingSeeds(wrong, 5)) {
        await breathe()
        shrunk.push(shrink(seed, (without) => violationsOf(seed, without, wrong).length > 0, `BUG="${name}"`))
      }
      const small = shrunk.reduce((least, one) => (one.changes < least.changes ? one : least))
      const { changes, command, faults } = small
      expect(changes).toBeLessThanOrEqual(8)
      if (process.env["TABLE"] !== undefined)
        console.log(
          `| ${name} | ${failing!.seed} | ${[...new Set(byRule)].join(", ")} | ${changes} | ${faults.length === 0 ? "none" : faults.join(", ")} | \`${command}\` |`
        )
    })
  }
})
