/** The account's changes that a recording tells: which there were, when, and beneath which parent. */
import { describe, expect, it } from "vitest"
import type { Stream } from "../../src/domain/Call.js"
import { providerOf } from "../../src/providers/index.js"
import { rebuiltAccount } from "../../src/scenarios/RebuiltAccount.js"
import { type RecordedCall, type SeenVersion, timelineOf } from "../../src/scenarios/RecordedTimeline.js"

const freshdesk = providerOf("freshdesk")!
const freshchat = providerOf("freshchat")!
const from = Date.parse("2026-03-02T10:00:00Z")

const stream: Stream = {
  id: 1,
  integration: "sync",
  principal: "p",
  product: "freshdesk",
  account: "acme.freshdesk.com",
  method: "GET",
  template: "/api/v2/tickets/{id}/conversations",
  query: ""
}
const call = (id: number, subject: string | null): RecordedCall =>
  ({ id, stream: 1, startedAt: from + id * 1_000, subject, page: null, since: null, of: stream }) as RecordedCall

const seen = (
  entity: string,
  entityId: string,
  updatedSeconds: number,
  more: Partial<SeenVersion> & { readonly names?: ReadonlyArray<string> } = {}
): SeenVersion => {
  const { names, ...rest } = more
  const updatedAt = from + updatedSeconds * 1_000
  return {
    stream: 1,
    call: 1,
    entity,
    entityId,
    version: String(updatedAt),
    updatedAt,
    seenAt: updatedAt + 5_000,
    created: 0,
    changed: names === undefined ? null : JSON.stringify(names),
    subject: null,
    ...rest
  } as SeenVersion
}
const timeline = (versions: ReadonlyArray<SeenVersion>) =>
  timelineOf(
    [...versions].sort((a, b) => a.updatedAt! - b.updatedAt! || (a.entity < b.entity ? -1 : 1)),
    [call(1, "7")],
    freshdesk,
    from
  )
const told = (versions: ReadonlyArray<SeenVersion>) =>
  timeline(versions).changes.map(({ action, at, byReply, entity, fields }) => [
    `${entity} ${action}`,
    (at - from) / 1_000,
    fields,
    byReply
  ])
const reply = (seconds: number, more: Partial<SeenVersion> = {}) =>
  seen("conversation", `90${seconds}`, seconds, { created: 1, subject: "7", ...more })

describe("the moment of a change", () => {
  it("is the middle of the second that its stamp names", () => {
    expect(told([seen("ticket", "7", 20, { names: ["tags"] })])).toEqual([["ticket update", 20.5, ["tags"], false]])
  })
  it("is no later than the first sight of it", () => {
    const at = from + 20_000
    expect(told([seen("ticket", "7", 20, { names: ["tags"], seenAt: at + 120 })])[0]![1]).toBe(20.12)
    // The provider's clock is ahead: it was seen before its own stamp.
    expect(told([seen("ticket", "7", 20, { names: ["tags"], seenAt: at - 9_000 })])[0]![1]).toBe(20)
  })
  it("is the stamp itself where stamps have milliseconds", () => {
    const { changes } = timelineOf([seen("user", "a", 20.123, { names: ["phone"] })], [], freshchat, from)
    expect(changes).toMatchObject([{ at: from + 20_123, updatedAt: from + 20_123 }])
  })
})

describe("a reply and its ticket", () => {
  it("are one change where nothing else of the ticket is known to have changed", () => {
    const expected = [
      ["conversation create", 20.5, [], false],
      ["ticket update", 20.5, [], true]
    ]
    expect(told([seen("ticket", "7", 20, { names: [] }), reply(20)])).toEqual(expected)
    // Nor does a first sight of the ticket say that a field changed: the reply explains the stamp.
    expect(told([seen("ticket", "7", 20), reply(20)])).toEqual(expected)
  })
  it("are two where a field changed in the same second", () => {
    expect(told([seen("ticket", "7", 20, { names: ["status"] }), reply(20)])).toEqual([
      ["conversation create", 20.5, [], false],
      ["ticket update", 20.5, ["status"], false],
      ["ticket update", 20.5, [], true]
    ])
  })
  it("move the stamp also where a later change hid that from every sweep", () => {
    expect(told([seen("ticket", "7", -50), reply(20), seen("ticket", "7", 30, { names: ["status"] })])).toEqual([
      ["conversation create", 20.5, [], false],
      ["ticket update", 20.5, [], true],
      ["ticket update", 30.5, ["status"], false]
    ])
  })
  it("say nothing of each other where the conversation was there before", () => {
    expect(
      told([seen("ticket", "7", 20, { names: [] }), seen("conversation", "90", 20, { subject: "7", names: ["body"] })])
    ).toEqual([
      ["conversation update", 20.5, ["body"], false],
      ["ticket update", 20.5, [], false]
    ])
  })
})

describe("what a list of all shows later than at first", () => {
  const list = { ...stream, id: 2, template: "/api/v2/tickets", query: "per_page=100" }
  const listed = { ...call(2, null), stream: 2, of: list } as RecordedCall
  const inList = { stream: 2, call: 2 }
  const ofTickets = (of: RecordedCall) =>
    timelineOf(
      [
        seen("ticket", "1", -90_000, { ...inList, seenAt: from + 1_000 }),
        // Made, and changed before the next sweep: its own stamp of creation was overwritten.
        seen("ticket", "2", 300, inList)
      ],
      [of],
      freshdesk,
      from
    )
  it("was made meanwhile", () => {
    const { changes, entities } = ofTickets(listed)
    expect(entities.map(({ id }) => id)).toEqual(["1"])
    expect(changes).toMatchObject([{ action: "create", id: "2" }])
  })
  it("may have been there where only changes were asked for", () => {
    const { changes, entities } = ofTickets({ ...listed, of: { ...list, query: "updated_since=*" } })
    expect(entities.map(({ id }) => id)).toEqual(["1", "2"])
    expect(changes).toMatchObject([{ action: "update", id: "2" }])
  })
})

describe("the rebuilt account", () => {
  const scriptOf = (versions: ReadonlyArray<SeenVersion>, provider = freshdesk) =>
    rebuiltAccount(timelineOf(versions, [], provider, from), [], provider, from)

  it("has what dependants lie beneath, seen or not", () => {
    const { changes, entities } = scriptOf([reply(20)])
    expect(entities).toMatchObject([{ entity: "ticket", id: 7 }])
    expect(changes).toMatchObject([{ entity: "conversation", action: "create", fields: { ticket_id: 7 } }])
    const talk = "0b0c5a44-9a51-4b2c-9d7a-1f40c8f1c001"
    const chat = scriptOf([seen("conversation", talk, 20, { names: ["status"] })], freshchat)
    const user = chat.entities.find(({ entity }) => entity === "user")!
    expect(chat.entities.find(({ entity }) => entity === "conversation")).toMatchObject({
      id: talk,
      fields: { conversation_id: talk, user_id: user.id }
    })
  })
  it("changes a field again each time it changed, and never its ids or stamps", () => {
    const names = ["status", "tags", "spam", "custom_fields.cf_tier", "id", "updated_at", "deleted"]
    const { changes } = scriptOf([seen("ticket", "7", 20, { names }), seen("ticket", "7", 30, { names })])
    const [first, second] = changes.map(({ fields }) => fields)
    expect(Object.keys(first!).sort()).toEqual(["custom_fields", "spam", "status", "tags"])
    for (const name of Object.keys(first!)) expect(second![name]).not.toEqual(first![name])
    expect(first!["tags"]).toEqual([expect.any(String)])
  })
  it("gives an asset the id that its schema requires beside the one that names it", () => {
    const service = providerOf("freshservice")!
    const { entities } = scriptOf([seen("asset", "31", 20, { names: ["usage_type"] })], service)
    expect(entities).toMatchObject([{ entity: "asset", id: 31, fields: { id: 31 } }])
  })
})
