/** A listed entity in a sweep, beside the state that is known of it. */
import { describe, expect, it } from "vitest"
import type { EntityState } from "../../src/domain/EntityState.js"
import { showerBit } from "../../src/domain/Shown.js"
import { finding } from "../../src/policy/index.js"
import { freshservice } from "../../src/providers/index.js"
import { findingOf } from "../../src/reconciliation/ListDiff.js"

const stamp = Date.parse("2026-03-02T08:00:00Z")
const stampField = { updated_time: "2026-03-02T08:00:00Z" }
const known = (snapshot: EntityState["snapshot"], updatedAt = stamp - 60_000): EntityState => ({
  updatedAt,
  deleted: false,
  touchedAt: null,
  tells: {},
  occurredAt: updatedAt,
  shownBy: showerBit.list,
  snapshot
})
const found = (item: Readonly<Record<string, unknown>>, state: EntityState): number =>
  findingOf(
    {
      type: freshservice.entities["requester"],
      item: { id: 1, ...item, ...stampField },
      updatedAt: stamp,
      readAt: stamp + 60_000,
      shownTo: stamp + 999,
      shower: "list"
    },
    state,
    { beganAt: 0, meetsThePast: false }
  )

describe("a listed entity", () => {
  it("has changed where its stamp moved and a custom field is set for the first time", () => {
    const before = { id: 1, custom_fields: {} }
    expect(found({ custom_fields: { badge: "7" } }, known(before))).toBe(finding.update)
    // The same field on a stamp that did not move may be the API's doing.
    expect(found({ custom_fields: { badge: "7" } }, known(before, stamp))).toBe(finding.refresh)
  })
  it("is refreshed where only its stamp moved", () => {
    expect(found({ custom_fields: { badge: "7" } }, known({ id: 1, custom_fields: { badge: "7" } }))).toBe(
      finding.refresh
    )
  })
})
