/**
 * Small pollers of somebody's own, on every product: what their recording is replayed to holds, in the model and on the
 * wire.
 */
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { describe, expect, it } from "vitest"
import { noFaultSettings } from "../../src/audit/index.js"
import { simulatedAccounts } from "../../src/demo/SimulatedAccounts.js"
import { modelBeside, replayVerdict } from "../../src/domain/ReplayVerdict.js"
import type { Report } from "../../src/domain/Report.js"
import { planOf, providerOf } from "../../src/providers/index.js"
import { replay } from "../../src/replay/index.js"
import type { SimulatedProductName } from "../../src/simulator/index.js"
import { openDatabase } from "../../src/store/index.js"
import { root, temporaryFolder } from "../support/files.js"
import { ownAuditOf } from "../support/staged.js"

const program = pathToFileURL(join(root, "test/support/programs/ways/small-poller.mjs"))
const basic = `Basic ${Buffer.from("key:X").toString("base64")}`

const emptyRecording = (): string => {
  const db = join(temporaryFolder(), "hookshift.db")
  openDatabase(db).close()
  return db
}

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

/** The whole campaign has its own script (npm run accuracy:own); here a share of it. */
const seeds = Array.from({ length: Number(process.env["OWN_SEEDS"] ?? 1) }, (_, n) => n + 1)

const audited = (
  { authorization, plan, pollers, product }: Case,
  seed: number,
  cut: { readonly fromSeconds: number; readonly toSeconds: number }
): Promise<Report> =>
  ownAuditOf(
    {
      // At night a fifth of that: some two hundred changes in the two and a half minutes.
      accounts: [{ product, account: `acme.${product}.com`, plan, entities: 40, changesPerHour: 30_000 }],
      programs: pollers.map(([way, every]) => ({
        name: way.replaceAll(" ", "-"),
        account: `acme.${product}.com`,
        program,
        env: (url) => ({ ORIGIN: url, WAY: way, EVERY: String(every), AUTHORIZATION: authorization })
      })),
      hours: 0.04,
      seed,
      reconcileSeconds: 3_600,
      replay: false
    },
    cut
  )

describe("a recording of one's own", () => {
  it.each(cases.flatMap((one) => seeds.map((seed) => [one.product, seed, one] as const)))(
    "of %s (seed %i) ends in parity, in the model and on the wire",
    async (_, seed, one) => {
      // The recording is cut where nothing begins or ends.
      const report = await audited(one, seed, { fromSeconds: seed * 7.3, toSeconds: seed * 3.1 })
      const replayed = report.replay!
      expect(replayed).toMatchObject({
        driver: "wire",
        accounts: [`acme.${one.product}.com`],
        polling: { missed: 0 },
        webhook: { missed: 0, handedOverTwice: 0 },
        parity: { equal: true, differences: [] },
        model: { accounts: [`acme.${one.product}.com`], missed: 0, differences: 0 }
      })
      expect(replayVerdict(replayed)).toEqual({
        holds: true,
        sentence: "the replay found both paths to end with the same"
      })
      expect(modelBeside(replayed)).toMatch(/^The model of the same day agrees/)
      // Both play the changes of the recording; the model adds those that nobody could see.
      expect(replayed.model!.changes - replayed.model!.estimated).toBe(replayed.changes)
      expect(replayed.changes).toBeGreaterThan(50)
    },
    300_000
  )
})

describe("a stand-in that answers wrongly", () => {
  it("ends the replay with a sentence, not with differences that are none", async () => {
    const account = "acme.freshdesk.com"
    const from = Date.parse("2026-03-02T10:00:00Z")
    const script = {
      entities: [{ entity: "ticket", id: 7, at: from - 60_000, fields: {} }],
      changes: [{ at: from + 60_000, entity: "ticket", id: 7, action: "update" as const, fields: { tags: "no list" } }]
    }
    const provider = providerOf("freshdesk")!
    const broken = replay({
      from,
      to: from + 600_000,
      seed: 1,
      reconcileSeconds: 300,
      faults: noFaultSettings,
      faultsText: "",
      plans: [
        {
          account,
          source: "freshdesk",
          planned: planOf(provider, ["app"], ["ticket_create"]),
          entities: ["ticket"],
          replaced: new Set()
        }
      ],
      startProviderPort: simulatedAccounts([
        { product: "freshdesk", account, plan: "forest", entities: 1, changesPerHour: 0, script }
      ]),
      polling: async () => ({ calls: 0, truth: [], db: emptyRecording() }),
      startKept: async () => ({ flush: async () => undefined, rest: () => undefined, stop: async () => undefined }),
      pollingDriver: "nothing"
    })
    await expect(broken).rejects.toThrow(
      /^the replay broke off, since reconciliation did not understand the account that stands in for yours \(.*tags.*\)/
    )
  }, 300_000)
})
