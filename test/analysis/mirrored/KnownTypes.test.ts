/** The rest of each change that its push leaves, and the answers kept beneath a parent: each case by hand. */
import { describe, expect, it } from "vitest"
import type { ObservedChange } from "../../../src/analysis/estimates/ObservedChanges.js"
import { KnownTypes, parentsIn, type ToldChange, toldChanges } from "../../../src/analysis/mirrored/KnownTypes.js"
import { freshdesk, plannedFor } from "../../../src/providers/index.js"
import { makeRecording, start } from "../../support/recording.js"

const ticket = (entityId: number, changed: ObservedChange["changed"], action: "create" | "update" = "update") => ({
  entity: "ticket",
  entityId,
  updatedAt: start + entityId * 1_000,
  action,
  changed
})
const told = (
  routes: ReadonlyArray<"app" | "rule">,
  entities: ReadonlyArray<string>,
  changes: ReadonlyArray<ObservedChange>
) => toldChanges(plannedFor(freshdesk, routes, entities), changes, 2_000)

describe("what pushes leave of changes", () => {
  it("arrives behind the latency, and what none tells at its own stamp", () => {
    const [status, tags, made] = told(
      ["app"],
      ["ticket", "conversation"],
      [ticket(1, ["status"]), ticket(2, ["tags"]), ticket(3, [], "create")]
    )
    expect(status).toEqual({
      entity: "ticket",
      entityId: 1,
      stamp: start + 1_000,
      at: start + 3_000,
      left: "same",
      movesState: true,
      keepsDependants: true
    })
    expect(tags).toMatchObject({ at: start + 2_000, left: "unpushed", movesState: false, keepsDependants: false })
    expect(made).toMatchObject({ left: "part", movesState: true })
  })
  it("has a reply by its own event, which does not tell the ticket's stamp, and joins what is kept beneath it", () => {
    const [reply] = told(["app"], ["ticket", "conversation"], [ticket(1, [])])
    expect(reply).toMatchObject({ left: "part", movesState: false, keepsDependants: true })
  })
  it("has a reply by its ticket's event alone fetched, without the reply", () => {
    const [reply] = told(["rule"], ["ticket"], [ticket(1, [])])
    expect(reply).toMatchObject({ left: "whole", movesState: true, keepsDependants: false })
  })
  it("takes changes of unknown fields to be like the known ones", () => {
    // Of the four known updates one leaves a part: each fourth of the eight unknown ones does.
    const known = [["status"], ["priority"], ["type"], []].map((changed, n) => ticket(n, changed))
    const unknown = Array.from({ length: 8 }, (_, n) => ticket(10 + n, null))
    const made = told(["app"], ["ticket", "conversation"], [...known, ...unknown]).slice(4)
    expect(made.map(({ left }) => left)).toEqual(["same", "same", "same", "part", "same", "same", "same", "part"])
    // Nothing is known: all do.
    expect(told(["app"], ["ticket"], [ticket(1, null)])[0]).toMatchObject({ left: "part" })
  })
})

describe("dependants that move no stamp of their parent's", () => {
  it("end what is kept beneath the parent under which the recording shows them", () => {
    const recording = makeRecording()
    const lists = recording.stream({ template: "/v2/users/{uuid}/conversations", product: "freshchat" })
    const call = recording.call(lists, 10, { subject: "u1" })
    recording.version(lists, call, "c1", 5, null, true, "conversation")
    const made = recording.done()
    const types = new KnownTypes(made.names, parentsIn(made))
    const change = (id: string): ToldChange => ({
      entity: "conversation",
      entityId: made.names.indexOf(id),
      stamp: start,
      at: start,
      left: "same",
      movesState: true,
      keepsDependants: true
    })
    for (const id of ["u1", "u2"]) types.of("conversation").keepDependants(id, "a list", start)
    types.take(change("c1"))
    expect([...types.of("conversation").dependants.keys()]).toEqual(["u2"])
  })
})
