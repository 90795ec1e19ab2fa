/**
 * Which of two states is the newer when stamps have whole seconds: what the replay's model found wrong in the receiver,
 * held against the receiver itself. And its inbox as a history that is checked by itself.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import type { PushedEvent } from "../../src/domain/Event.js"
import { endOfSecond } from "../../src/policy/index.js"
import { createReceiver } from "../../src/receiver/index.js"
import { runCli } from "../support/cli.js"
import { deliveryBody, post, secret } from "../support/deliveries.js"
import { temporaryFolder } from "../support/files.js"
import { until } from "../support/until.js"

const stamp = Date.parse("2026-03-02T10:00:00Z")

const start = async () => {
  const folder = temporaryFolder()
  const receiver = await createReceiver({
    db: join(folder, "inbox.db"),
    listen: { port: 0 },
    sources: { fd: { profile: "freshworks", secrets: [secret] } },
    onEvent: () => undefined
  })
  onTestFinished(() => receiver.close())
  const settled = async () => {
    await until(() => receiver.inbox.counts().stored === 0, "all is handed over")
  }
  const state = () => receiver.inbox.state("fd", "ticket", "42")
  const found = (more: Partial<PushedEvent>) =>
    receiver.put("fd", {
      event: "ticket_update",
      entity: "ticket",
      entityId: "42",
      updatedAt: stamp,
      occurredAt: endOfSecond(stamp),
      account: null,
      actor: null,
      snapshot: { id: 42, status: 5 },
      ...more
    })
  return { receiver, folder, settled, state, found }
}

describe("the order of two states", () => {
  it("a late push of the same second does not take back what a reading of all of it showed", async () => {
    const { found, receiver, settled, state } = await start()
    await found({})
    await settled()
    await post(receiver.url, deliveryBody({ snapshot: { id: 42, status: 3 } }))
    await settled()
    expect(state()?.snapshot["status"]).toBe(5)
    await post(receiver.url, deliveryBody({ updated_at: "2026-03-02T10:00:01Z", snapshot: { id: 42, status: 4 } }))
    await settled()
    expect(state()?.snapshot["status"]).toBe(4)
  })
  it("a late push of the same second does not bring back what is gone", async () => {
    const { found, receiver, settled, state } = await start()
    await found({ event: "ticket_delete", snapshot: null })
    await settled()
    await post(receiver.url, deliveryBody({ snapshot: { id: 42, status: 3 } }))
    await settled()
    expect(state()?.deleted).toBe(true)
  })
  it("what a sweep found is no second event where its push was applied before it was stored, or a later one as well", async () => {
    const { found, receiver, settled } = await start()
    for (const [second, status] of [5, 4].entries()) {
      const updated_at = `2026-03-02T10:00:0${second}Z`
      await post(receiver.url, deliveryBody({ updated_at, snapshot: { id: 42, status } }))
      await settled()
      expect(await found({ occurredAt: null })).toBe("duplicate")
    }
    await settled()
    // No row of its own either: one that is applied behind a later push would be handed over as late.
    expect(receiver.inbox.counts()).toMatchObject({ delivered: 2 })
  })
  it("what a sweep found is news again over another state", async () => {
    const { found, settled, state } = await start()
    const early = { occurredAt: null }
    for (const status of [5, 3, 5]) {
      expect(await found({ ...early, snapshot: { id: 42, status } })).toBe("stored")
      await settled()
      expect(state()?.snapshot["status"]).toBe(status)
    }
  })
})

describe("an inbox as a history", () => {
  it("holds, has no body in it, and does not hold when it is tampered with", async () => {
    const { folder, found, receiver, settled } = await start()
    for (const id of [1, 2, 3]) {
      const body = deliveryBody({ id, snapshot: { id, subject: "canary-of-a-body" } })
      await post(receiver.url, body)
      await post(receiver.url, body)
    }
    await found({})
    await settled()
    const wrote = await runCli(["inbox", "history", "inbox.ndjson", "--db", "inbox.db"], { cwd: folder })
    expect([wrote.code, wrote.stdout]).toEqual([0, expect.stringContaining("check them with hookshift verify-history")])
    const text = readFileSync(join(folder, "inbox.ndjson"), "utf8")
    expect(text).not.toContain("canary-of-a-body")
    expect((await runCli(["verify-history", "inbox.ndjson"], { cwd: folder })).code).toBe(0)
    const twice = text.split("\n").flatMap((line) => (line.includes('"k":"applied"') ? [line, line] : [line]))
    writeFileSync(join(folder, "twice.ndjson"), twice.join("\n"))
    const checked = await runCli(["verify-history", "twice.ndjson"], { cwd: folder })
    expect([checked.code, checked.stdout]).toEqual([1, expect.stringContaining("moved the state 2 times (once)")])
  })
})
