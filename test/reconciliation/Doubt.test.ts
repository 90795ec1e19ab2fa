/**
 * A sweep that reads an entity a moment after a push cannot compare the two: the list may be of before the push. A
 * change of before that push, of which none told, may be missing from the state then.
 */
import { join } from "node:path"
import { Effect } from "effect"
import { describe, expect, it, onTestFinished } from "vitest"
import { toWholeSecondIso } from "../../src/domain/Time.js"
import { TypeState } from "../../src/mirror/state/TypeState.js"
import { policy } from "../../src/policy/index.js"
import { freshdesk, listsOf } from "../../src/providers/index.js"
import { openStateFeed } from "../../src/receiver/index.js"
import { makeFindings } from "../../src/reconciliation/Findings.js"
import { temporaryFolder } from "../support/files.js"
import { inboxKey, openInboxIn, stampAt, ticketEvent } from "../support/memoryInbox.js"

const second = 1_000

/** A ticket that pushes have told of, the sweeps that list it, and the mirror beside them. */
const swept = () => {
  const file = join(temporaryFolder(), "inbox.db")
  const { apply, inbox } = openInboxIn(file)
  const feed = openStateFeed(file, inboxKey)
  onTestFinished(() => feed.close())
  const put: Array<unknown> = []
  const port: Parameters<typeof makeFindings>[0] = {
    note: (name, ...args) => Promise.resolve((inbox[name] as (...all: ReadonlyArray<unknown>) => void)(...args)),
    put: (_source, event) => {
      put.push(event.snapshot)
      return Promise.resolve("stored" as const)
    },
    rowFailure: () => null,
    state: inbox.state
  }
  const findings = makeFindings(port, {
    source: "fd",
    account: "acme",
    provider: freshdesk,
    policy,
    beganAt: () => Effect.succeed(0),
    onUnreadable: (_entity, reason) => Effect.die(reason)
  })
  const rule = listsOf(freshdesk).find(({ entity }) => entity === "ticket")!
  const mirrored = new TypeState(rule, freshdesk.entities["ticket"]!, "fd", undefined, () => null)
  /** The list shows it so; then the sweep ends. */
  const sweep = async (readAt: number, stamp: number, fields: Readonly<Record<string, unknown>>) => {
    const item = { id: 42, ...fields, updated_at: toWholeSecondIso(stamp) }
    const met = { readAt, shower: "list" as const, meetsThePast: false }
    await Effect.runPromise(findings.compare("ticket", item, met))
    mirrored.takeState(feed.find("fd", "ticket", "42")!)
    mirrored.takeSweep(readAt)
  }
  const shown = (n: number, fields: Readonly<Record<string, unknown>>) => ({
    ...fields,
    updated_at: toWholeSecondIso(stampAt(n))
  })
  /** It carries all that changed, but for what changes without an event. */
  const carry = (n: number, fields: Readonly<Record<string, unknown>>) =>
    apply([ticketEvent(n, shown(n, fields), { changed: ["status"], occurredAt: stampAt(n) + 500 })])
  apply([ticketEvent(1, shown(1, { status: 2 }))])
  return { carry, put, sweep, isWhole: () => mirrored.isWhole(mirrored.rows.get("42")!) }
}

describe("a sweep that reads an entity a moment after its push", () => {
  it("leaves it known in part where the list shows another content of that second", async () => {
    const { carry, isWhole, put, sweep } = swept()
    await sweep(stampAt(1) + 60 * second, stampAt(1), { status: 2, tags: [] })
    carry(100, { status: 3 })
    await sweep(stampAt(100) + 5 * second, stampAt(100), { status: 3, tags: ["vip"] })
    expect(isWhole()).toBe(false)
    expect(put).toEqual([])
    await sweep(stampAt(100) + 3_600 * second, stampAt(100), { status: 3, tags: ["vip"] })
    expect(put).toMatchObject([{ tags: ["vip"] }])
  })
  it("leaves it known in part where the list is of before the push", async () => {
    const { carry, isWhole, put, sweep } = swept()
    await sweep(stampAt(1) + 60 * second, stampAt(1), { status: 2, tags: [] })
    carry(100, { status: 3 })
    await sweep(stampAt(100) + 5 * second, stampAt(50), { status: 2, tags: ["vip"] })
    expect(isWhole()).toBe(false)
    expect(put).toEqual([])
  })
  it("leaves it whole where the list shows what is known", async () => {
    const { carry, isWhole, sweep } = swept()
    await sweep(stampAt(1) + 60 * second, stampAt(1), { status: 2, tags: [] })
    carry(100, { status: 3 })
    await sweep(stampAt(100) + 5 * second, stampAt(100), { status: 3, tags: [] })
    expect(isWhole()).toBe(true)
  })
})
