/** The same seed and options give the same bytes, on any machine, any version of Node, and any number of threads. */
import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { naturalLog } from "../../src/domain/Logarithm.js"
import {
  type HistoryLine,
  type ModelAccount,
  randomStreams,
  replayInModel,
  runSimulation
} from "../../src/replay/index.js"
import { randomScenario } from "./randomScenario.js"

const digest = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16)

const accounts = (seed: number): ReadonlyArray<ModelAccount> =>
  [seed, seed + 1].map((one) => ({
    scenario: randomScenario(one),
    ids: [],
    unseen: [{ type: 0, changes: 3.5, withinMs: 60_000 }]
  }))

describe("reproducible", () => {
  it("streams of draws are what they always were", () => {
    const draw = randomStreams(1, 0, "acme.example")("changes")
    expect(Array.from({ length: 4 }, () => Math.floor(draw() * 1_000_000))).toEqual([50980, 213764, 956877, 643323])
  })
  it("histories of a hundred scenarios are the same bytes on every version of Node", () => {
    const hash = createHash("sha256")
    for (let seed = 1; seed <= 100; seed++)
      runSimulation(randomScenario(seed), { sink: (line: HistoryLine) => void hash.update(JSON.stringify(line)) })
    expect(hash.digest("hex").slice(0, 16)).toBe("20845c2e077e4bda")
  })
  it("many runs are the same bytes on every version of Node, and in any number of threads", async () => {
    const result = (threads: number) => replayInModel({ accounts: accounts(11), faultsText: "", runs: 40, threads })
    const alone = await result(0)
    expect(digest(alone)).toBe("6e4f8ce2f5413b63")
    for (const threads of [1, 2, 3]) expect(await result(threads)).toEqual(alone)
  })
  it("other seeds are other days", async () => {
    const [one, two] = [runSimulation(randomScenario(3), { run: 1 }), runSimulation(randomScenario(3), { run: 2 })]
    expect(one.webhook.lags[0]!.sum()).not.toBe(two.webhook.lags[0]!.sum())
  })
  it("the logarithm is right to the last bits", () => {
    for (let power = -40; power <= 40; power++) {
      for (let step = 0; step < 50; step++) {
        const value = 2 ** power * (1 + step / 50)
        expect(Math.abs(naturalLog(value) - Math.log(value))).toBeLessThanOrEqual(
          4e-16 * Math.max(1, Math.abs(Math.log(value)))
        )
      }
    }
  })
})
