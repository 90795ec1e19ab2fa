/** Small pollers of somebody's own, on every product: what their recording is replayed to holds, in the model and on the wire. */
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { describe, expect, it } from "vitest"
import { modelBeside, replayVerdict } from "../../src/domain/ReplayVerdict.js"
import type { Report } from "../../src/domain/Report.js"
import type { SimulatedProductName } from "../../src/simulator/index.js"
import { root } from "../support/files.js"
import { ownAuditOf } from "../support/staged.js"

const program = pathToFileURL(join(root, "test/support/programs/ways/small-poller.mjs"))
const basic = `Basic ${Buffer.from("key:X").toString("base64")}`

interface Case {
  readonly product: SimulatedProductName
  readonly plan: string
  readonly authorization: string
  readonly pollers: ReadonlyArray<readonly [way: string, everySeconds: number]>
}

const cases: ReadonlyArray<Case> = [
  {
    product: "freshdesk",
    plan: "forest",
    authorization: basic,
    pollers: [
      ["tickets by cursor", 3],
      ["contacts", 5],
      ["tickets with conversations", 7]
    ]
  },
  {
    product: "freshservice",
    plan: "enterprise",
    authorization: basic,
    pollers: [
      ["assets", 4],
      ["tickets with conversations", 5],
      ["changes and requesters", 6]
    ]
  },
  {
    product: "freshsales",
    plan: "enterprise",
    authorization: "Token token=key",
    pollers: [
      ["contact view", 5],
      ["deal and account views", 6],
      ["tasks", 7]
    ]
  },
  {
    product: "freshchat",
    plan: "estate",
    authorization: "Bearer key",
    pollers: [
      ["users", 4],
      ["users walk", 15]
    ]
  }
]

const audited = (
  { authorization, plan, pollers, product }: Case,
  seed: number,
  cut: { readonly fromSeconds: number; readonly toSeconds: number }
): Promise<Report> =>
  ownAuditOf(
    {
      // At night a fifth of that: some three hundred changes in the three minutes.
      accounts: [{ product, account: `acme.${product}.com`, plan, entities: 60, changesPerHour: 30_000 }],
      programs: pollers.map(([way, every]) => ({
        name: way.replaceAll(" ", "-"),
        account: `acme.${product}.com`,
        program,
        env: (url) => ({ ORIGIN: url, WAY: way, EVERY: String(every), AUTHORIZATION: authorization })
      })),
      hours: 0.05,
      seed,
      reconcileSeconds: 3_600,
      replay: false
    },
    cut
  )

describe("a recording of one's own", () => {
  it.each(cases.flatMap((one) => [1, 2].map((seed) => [one.product, seed, one] as const)))(
    "of %s (seed %i) ends in parity, in the model and on the wire",
    async (_, seed, one) => {
      // The recording is cut where nothing begins or ends.
      const report = await audited(one, seed, { fromSeconds: seed * 7.3, toSeconds: seed * 3.1 })
      const replay = report.replay!
      expect(replay).toMatchObject({
        driver: "wire",
        polling: { missed: 0 },
        webhook: { missed: 0, handedOverTwice: 0 },
        parity: { equal: true, differences: [] },
        model: { missed: 0, differences: 0 }
      })
      expect(replayVerdict(replay)).toEqual({
        holds: true,
        sentence: "the replay found both paths to end with the same"
      })
      expect(modelBeside(replay)).toMatch(/^The model of the same day agrees/)
      // Both play the changes of the recording; the model adds those that nobody could see.
      expect(replay.model!.changes - replay.model!.estimated).toBe(replay.changes)
      expect(replay.changes).toBeGreaterThan(50)
    },
    300_000
  )
})
