/** The third path: the demo's Freshdesk programs through the mirror for two hours, beside the same hours polled. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { demoDay, demoOf } from "../../src/demo/index.js"
import type { ReplayResult } from "../../src/domain/Report.js"
import type { MirrorOutcome } from "../../src/domain/ThroughMirror.js"
import { freshdesk, noPushFaults, plannedFor } from "../../src/providers/index.js"
import {
  type MirroredPollers,
  type PolledPath,
  type ReplayOptions,
  replay,
  startReplayEnvironment
} from "../../src/replay/index.js"

const seed = 3
const hour = 3_600_000
/** Of the working day. */
const window = { from: demoDay.from + 9 * hour, to: demoDay.from + 11 * hour }
const settleMs = 65 * 60_000
const work = mkdtempSync(join(tmpdir(), "hookshift-mirror-path-"))
const demo = demoOf(["freshdesk"])
const account = demo.accounts[0]!.account
const mirrored: MirroredPollers = { ...demo.mirrored(seed), ...window }

const polledHours = async (): Promise<PolledPath> => {
  const stage = await startReplayEnvironment(demo.providerPort, { ...window, changesUntil: window.to, seed })
  const db = join(work, "polling.db")
  const programs = mirrored.start(stage, db, stage.providerPort.accounts[0]!.url)
  await stage.time.runUntil(window.to - 1)
  const calls = stage.providerPort.calls()
  await stage.time.runUntil(window.to + settleMs)
  await programs.stop()
  const truth = stage.providerPort.truth()
  await stage.close()
  return { calls, truth, db }
}

const optionsOf = (polled: PolledPath): ReplayOptions => ({
  ...window,
  seed,
  reconcileSeconds: 3_600,
  faults: { ...noPushFaults, outageSeconds: 0, outageAfterSeconds: 0 },
  faultsText: "",
  plans: [
    {
      account,
      source: "freshdesk",
      planned: plannedFor(freshdesk, ["app"], ["ticket", "conversation", "contact", "company"]),
      entities: ["ticket", "conversation", "contact", "company"],
      replaced: new Set(mirrored.accounts[0]!.keys.values())
    }
  ],
  startProviderPort: demo.providerPort,
  polling: async () => polled,
  startKept: async () => ({ flush: async () => undefined, rest: () => undefined, stop: async () => undefined }),
  mirrored,
  pollingDriver: "programs"
})

let polled: PolledPath
let result: ReplayResult
let mirror: MirrorOutcome

beforeAll(async () => {
  polled = await polledHours()
  result = (await replay(optionsOf(polled))).result
  mirror = result.mirror!
})
afterAll(() => rmSync(work, { recursive: true, force: true }))

describe("through the mirror", () => {
  it("every call at the provider has its reason", () => {
    const { passed, ...others } = mirror.callsBreakdown
    const through = Object.values(passed).reduce((sum, one) => sum + one, 0)
    expect(through + mirror.hits).toBe(mirror.requests)
    expect(through + Object.values(others).reduce((sum, one) => sum + one, 0)).toBe(mirror.calls)
    // Freshdesk's links are in headers: none leads past the mirror.
    expect(others).toMatchObject({ retries: 0, other: 0 })
    expect(others.reconciliation).toBeGreaterThan(0)
    expect(others.reads).toBeGreaterThan(0)
    expect(mirror.byIntegration.reduce((sum, one) => sum + one.requests, 0)).toBe(mirror.requests)
    for (const name of Object.keys(passed))
      expect(mirror.byIntegration.reduce((sum, one) => sum + (one.passed[name] ?? 0), 0)).toBe(passed[name])
  })
  it("the programs ask as they did by polling, under their own names, and the account has fewer calls", () => {
    expect(mirror.byIntegration.map(({ integration }) => integration)).toEqual(
      [...mirrored.accounts[0]!.keys.values()].sort()
    )
    for (const { integration, requests } of mirror.byIntegration)
      expect([integration, requests > 0]).toEqual([integration, true])
    const helpdesk = mirror.byIntegration.find(({ integration }) => integration === "helpdesk-mirror")!
    expect(helpdesk.hits / helpdesk.requests).toBeGreaterThan(0.9)
    // The full day has the goal; these hours have all first readings in them.
    expect(mirror.calls).toBeLessThan(polled.calls)
  })
  it("each of them sees what it saw by polling, the every-minute one hardly later", () => {
    for (const { integration, unseen } of mirror.byIntegration) expect([integration, unseen]).toEqual([integration, 0])
    const { pushed } = mirror.byIntegration.find(({ integration }) => integration === "helpdesk-mirror")!
    expect(pushed!.changes).toBeGreaterThan(20)
    expect(pushed!.mirror.p95).toBeLessThanOrEqual(pushed!.polling.p95 + 5)
    expect(mirror.seen + mirror.collapsed + mirror.missed).toBe(result.changes)
    expect(mirror.missed).toBe(result.polling.missed)
  })
  it("the same seed gives the same figures", async () => {
    expect((await replay(optionsOf(polled))).result.mirror).toEqual(mirror)
  })
})
