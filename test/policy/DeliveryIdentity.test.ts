import { expect, it } from "vitest"
import {
  identityOf,
  identityWithin,
  isFoundAgain,
  senderIdentity,
  versionOfThin
} from "../../src/policy/DeliveryIdentity.js"

const telling = {
  source: "fd",
  entity: "ticket",
  entityId: "42",
  event: "ticket_update",
  updatedAt: 5_000,
  content: "{}"
}

it.each([
  { source: "fs" },
  { entity: "contact" },
  { entityId: "43" },
  { event: "ticket_create" },
  { updatedAt: 6_000 },
  { updatedAt: null },
  { content: "{a}" }
])("tells apart deliveries that differ in %o", (other) => {
  expect(identityOf({ ...telling, ...other })).not.toEqual(identityOf(telling))
})

it("is the same for the same telling, and for no sender's own id", () => {
  expect(identityOf({ ...telling })).toEqual(identityOf(telling))
  expect(senderIdentity("fd", "1")).not.toBe(senderIdentity("fs", "1"))
})

it("tells apart the versions of one second within an entity", () => {
  const all = [5_000, 6_000].flatMap((stamp) => [1, 2, 3].map((version) => identityWithin(stamp, version)))
  expect(new Set(all).size).toBe(6)
})

it.each([
  [false, false, false],
  [false, true, false],
  [true, true, false],
  [true, false, true]
])("a finding is news again only over another state (applied %s, shown %s)", (applied, shown, again) => {
  expect(isFoundAgain(applied, shown)).toBe(again)
})

it("a delivery that tells the id only is told apart by its kind: two updates of one second are one", () => {
  const kinds = [versionOfThin(true, false), versionOfThin(false, false), versionOfThin(false, true)]
  expect(new Set(kinds.map((version) => identityWithin(5_000, version))).size).toBe(3)
})
