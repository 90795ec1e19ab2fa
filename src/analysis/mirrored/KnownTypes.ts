/**
 * A mirror's knowledge of an account's entities as time goes on: those that pushes told in part, and the facts that its
 * answers can be made of. Times come in order. Pure; milliseconds.
 */
import { getOrMake } from "../../domain/Grouping.js"
import type { Recording } from "../../domain/Recording.js"
import type { EpochMillis } from "../../domain/Time.js"
import { enoughInOrder, readableAfterMs, type Told } from "../../policy/index.js"
import { type Left, leftBy, ownPushesOf, type PlannedEvents, type Provider, type Push } from "../../providers/index.js"
import type { ObservedChange } from "../estimates/ObservedChanges.js"
import { pushTable } from "../estimates/ObservedCoverage.js"

/** One type of entity. */
export class KnownType {
  /** Told in part, and not read or swept since: when the push came, and the stamp of what changed. */
  readonly partial = new Map<number, { readonly arrivedAt: EpochMillis; readonly stamp: EpochMillis }>()
  /** Stamps of the receiver's state, and of changes that no push has told it. */
  private readonly stateStamps = new Map<number, EpochMillis>()
  private readonly untold = new Map<number, EpochMillis>()
  /** When parts of its own were read that an entity shows as it is. */
  private readonly embedded = new Map<number, EpochMillis>()
  /** Whether an item of a list was seen, so that its keys are known. */
  listShown = false
  /** Whether a list has asked for parts of their own. */
  embeds = false
  /** Entities that were read by themselves, and have not changed since. */
  readonly readSingly = new Set<string>()
  /** By id: answers about its dependants, and when they were asked for. */
  readonly dependants = new Map<string, Map<string, EpochMillis>>()
  private neighbours = 0

  /** An answer of the provider showed so many items in the order that is assumed. */
  takeOrder(items: number): void {
    this.neighbours += Math.max(0, items - 1)
  }

  get isOrderSeen(): boolean {
    return this.neighbours >= enoughInOrder
  }

  /** Those that are told in part, with the stamp that the state has of them; 0 for one from before the window. */
  told(): ReadonlyArray<Told<number>> {
    return [...this.partial.keys()].map((id) => ({ id, stamp: this.stateStamps.get(id) ?? 0 }))
  }

  /** Those that have changed since then, and of which a part of their own is not known as it is. */
  withoutParts(since: EpochMillis): ReadonlyArray<Told<number>> {
    return [...this.stateStamps].flatMap(([id, stamp]) =>
      stamp < since || this.embedded.has(id) ? [] : [{ id, stamp }]
    )
  }

  /** A list, or an answer for one, showed them with their parts. */
  takeParts(since: EpochMillis | null, ids: ReadonlyArray<number>, at: EpochMillis): void {
    for (const [id, stamp] of this.stateStamps) if (since !== null && stamp >= since) this.embedded.set(id, at)
    for (const id of ids) this.embedded.set(id, at)
  }

  takeChange({ at, entityId, left, movesState, stamp }: ToldChange): void {
    // No list shows it any more.
    if (left === "gone") this.embedded.set(entityId, Number.POSITIVE_INFINITY)
    else this.embedded.delete(entityId)
    if (left === "part" || (left === "same" && this.partial.has(entityId)))
      this.partial.set(entityId, { stamp, arrivedAt: at })
    else if (left === "whole" || left === "gone") this.partial.delete(entityId)
    if (!movesState) this.untold.set(entityId, stamp)
    else {
      this.stateStamps.set(entityId, stamp)
      this.untold.delete(entityId)
    }
  }

  /** A list showed all that had changed since then. */
  takeList(since: EpochMillis | null): void {
    for (const [id, { stamp }] of this.partial) if (since === null || stamp >= since) this.partial.delete(id)
  }

  /** An answer showed it by itself. */
  takeItem(entityId: number): void {
    this.partial.delete(entityId)
  }

  /** A whole sweep began: what came well before it has been compared with the provider's list. */
  takeSweep(comparedUpTo: EpochMillis): void {
    for (const [id, at] of this.embedded) if (at < comparedUpTo + readableAfterMs) this.embedded.delete(id)
    for (const [id, { arrivedAt }] of this.partial) if (arrivedAt < comparedUpTo) this.partial.delete(id)
    for (const [id, stamp] of this.untold) this.stateStamps.set(id, stamp)
    this.untold.clear()
  }

  keepDependants(id: string, key: string, askedAt: EpochMillis): void {
    getOrMake(this.dependants, id, () => new Map<string, EpochMillis>()).set(key, askedAt)
  }
}

/** A change, and what its push leaves to be read. */
export interface ToldChange {
  readonly entity: string
  readonly entityId: number
  readonly stamp: EpochMillis
  /** When its push arrives; without one its stamp. */
  readonly at: EpochMillis
  /** Whether the state shows it whole behind the push. */
  readonly left: Left | "unpushed"
  /** Whether the state has its stamp then: a dependant's push does not tell its parent's. */
  readonly movesState: boolean
  /** Whether answers about its dependants are as good as before. */
  readonly keepsDependants: boolean
}

/**
 * Changes with the rest that their pushes leave. Where a recording lacks the fields, the type's other updates tell how
 * often a part is missing.
 */
export const toldChanges = (
  planned: PlannedEvents,
  changes: ReadonlyArray<ObservedChange>,
  latencyMs: number
): ReadonlyArray<ToldChange> => {
  const pushFor = pushTable(planned)
  const judged = changes.map((change) => judgedBy(planned.provider, pushFor(change), change))
  const known = judged.filter(({ change }) => change.action === "update" && change.changed !== null)
  const partShare = known.length === 0 ? 1 : known.filter(({ left }) => left === "part").length / known.length
  let due = 0
  return judged.map(({ change, isOpen, isTouch, keeps, left: leaves }): ToldChange => {
    const { entity, entityId, updatedAt: stamp } = change
    let left = leaves
    if (isOpen) {
      due += partShare
      left = due >= 1 ? "part" : "same"
      if (due >= 1) due -= 1
    }
    const at = left === "unpushed" ? stamp : stamp + latencyMs
    return {
      entity,
      entityId,
      stamp,
      at,
      left,
      movesState: left !== "unpushed" && !isTouch,
      keepsDependants: left !== "gone" && keeps
    }
  })
}

/** A change, judged by its push alone. */
interface Judged {
  readonly change: ObservedChange
  readonly left: ToldChange["left"]
  /** Whether the recording does not tell the rest that its push leaves. */
  readonly isOpen: boolean
  /** Whether only a dependant's event tells of it. */
  readonly isTouch: boolean
  /** Whether answers about its dependants are as good as before, unless it is gone. */
  readonly keeps: boolean
}

const judgedBy = (provider: Provider, push: Push, change: ObservedChange): Judged => {
  if (push.kind !== "pushed")
    return {
      change,
      left: "unpushed",
      isOpen: change.changed === null && push.kind === "unknown",
      isTouch: false,
      keeps: false
    }
  const own = ownPushesOf(push, change.entity).length
  const onDependant = push.onDependant === true
  return {
    change,
    left: leftBy(provider, push, change),
    isOpen: false,
    isTouch: onDependant && own === 0,
    // A reply that only its ticket's event tells of is in no answer about the ticket's conversations.
    keeps: !onDependant || own < push.by.length
  }
}

/** The id of what a dependant is beneath, as the recording shows it by a list of its dependants; `null` for none. */
export type Parents = (entity: string, entityId: number) => string | null

export const parentsIn = ({ names, streams }: Pick<Recording, "names" | "streams">): Parents => {
  const known = new Map<string, Map<number, number>>()
  for (const { calls, versions } of streams)
    for (let row = 0; row < versions.length; row++) {
      const subject = calls.subject[versions.call[row]!]!
      if (subject < 0 || subject === versions.entityId[row]) continue
      const entity = names[versions.entity[row]!]!
      getOrMake(known, entity, () => new Map<number, number>()).set(versions.entityId[row]!, subject)
    }
  return (entity, entityId) => names[known.get(entity)?.get(entityId) ?? -1] ?? null
}

/** All types of an account. */
export class KnownTypes {
  private readonly types = new Map<string, KnownType>()

  constructor(
    private readonly names: ReadonlyArray<string>,
    private readonly parents: Parents
  ) {}

  of(entity: string): KnownType {
    return getOrMake(this.types, entity, () => new KnownType())
  }

  take(change: ToldChange): void {
    const type = this.of(change.entity)
    const id = this.names[change.entityId]!
    type.readSingly.delete(id)
    if (!change.keepsDependants) type.dependants.delete(id)
    // Answers about dependants that move no stamp of their parent's are kept as their own type's.
    const parent = this.parents(change.entity, change.entityId)
    if (parent !== null) type.dependants.delete(parent)
    type.takeChange(change)
  }
}
