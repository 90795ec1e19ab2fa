/**
 * Stores deliveries in the inbox, each once; a stored delivery is acknowledged. A batch is one transaction and one
 * fsync: 6,900 deliveries/s, against 1,400 in single transactions.
 */

import * as crypto from "node:crypto"
import type { CommitResult, PutResult } from "../../domain/CommitResult.js"
import { actionOf, type PushedEvent, type Snapshot } from "../../domain/Event.js"
import { same } from "../../domain/Shown.js"
import { isFoundAgain, type Policy, senderIdentity } from "../../policy/index.js"
import { DeliveryRows, type DeliveryState, EntityStateRows, isDamage, isRowFailure } from "../../store/index.js"
import { parseFound } from "../payloads/foundEvent.js"
import { type ParsedPayload, parsePayload, plainSpelling } from "../payloads/PayloadParser.js"
import type { IncomingDelivery } from "./Delivery.js"
import type { InboxFile } from "./InboxFile.js"
import type { SetAside } from "./SetAside.js"

export interface DeliveryLog {
  /** The events of the same name, entity and stamp that deliveries have told, the oldest first. */
  readonly tellersOf: (
    id: number,
    source: string,
    event: PushedEvent
  ) => ReadonlyArray<{ readonly id: number; readonly event: PushedEvent }>
  /** Stores all of them in one transaction, on disk when this returns; throws SQLite's error, with nothing stored. */
  readonly putAll: (deliveries: ReadonlyArray<IncomingDelivery>) => ReadonlyArray<CommitResult>
  /** The event of a stored delivery; `null` if it is in quarantine or purged. Throws for a row that cannot be read. */
  readonly eventOf: (id: number, source: string) => PushedEvent | null
  /** The event of this delivery is not asked for again. */
  readonly forget: (id: number) => void
}

/** The hash of a body serves people only: it is computed when the inbox is listed. */
const noHash = Buffer.alloc(0)

/** Events kept parsed between storing and applying; at 4 KB each some 20 MB. */
const maxFresh = 5_000

/**
 * 16 bytes, led by the provider's stamp: deliveries that arrive together lie together in the index, so a batch touches
 * few of its pages. A sender's own delivery id has no stamp in front: how a body is read may depend on unsigned
 * headers.
 */
const dedupeKeyOf = (delivery: IncomingDelivery, event: PushedEvent | null, { identityOf }: Policy): Buffer => {
  const { source } = delivery
  const { stamp, text } =
    delivery.deliveryId !== null
      ? { stamp: 0, text: senderIdentity(source, delivery.deliveryId) }
      : event === null
        ? { stamp: 0, text: `${source}\0${crypto.hash("sha256", delivery.body, "hex")}` }
        : identityOf({ ...event, source, content: plainSpelling(event.snapshot) })
  const key = keyFrom(stamp)
  crypto.hash("sha256", text, "buffer").copy(key, 6, 0, 10)
  return key
}

/** The lowest key of a stamp. */
const keyFrom = (stamp: number): Buffer => {
  const key = Buffer.alloc(16)
  key.writeUIntBE(stamp, 0, 6)
  return key
}

/** Reconciliation's own events have a form of their own, which is not accepted from a sender. */
const parse = (
  { body, origin, source }: Pick<IncomingDelivery, "body" | "origin" | "source">,
  providerOf: InboxFile["providerOf"],
  header: (name: string) => string | null | undefined
): ParsedPayload =>
  origin === "reconciliation" ? parseFound(body) : parsePayload(body, { provider: providerOf(source), header })

export const openDeliveryLog = (file: InboxFile, aside: SetAside): DeliveryLog => {
  const { database, durably, openText, policy, providerOf, sealed } = file
  /** Events stored by this process and not applied yet: they need not be opened and parsed again. */
  const fresh = new Map<number, PushedEvent>()
  /** Events of the current transaction. Rows that are rolled back give their ids to others. */
  let pending: Array<readonly [id: number, event: PushedEvent]> = []
  const remembered: InboxFile["durably"] = (work) => {
    pending = []
    const result = durably(work)
    for (const [id, event] of pending) if (fresh.size < maxFresh) fresh.set(id, event)
    return result
  }

  const insertDelivery = DeliveryRows.insertDelivery(database)
  const countCopy = DeliveryRows.countCopy(database)
  const findApplied = DeliveryRows.findApplied(database)
  const findSnapshot = EntityStateRows.findSnapshot(database)
  const findBody = DeliveryRows.findBody(database)
  const findTellers = DeliveryRows.findTellers(database)

  /** The state shows the finding already, or is newer: it has moved since reconciliation looked. */
  const isKnown = (source: string, { entity, entityId, event, snapshot, updatedAt }: PushedEvent): boolean => {
    const state = findSnapshot.get(source, entity, entityId)
    if (state === undefined) return false
    if (updatedAt !== null && state.updatedAt !== null && state.updatedAt > updatedAt) return true
    const gone = actionOf(event) === "delete"
    if (gone || state.deleted === 1) return gone && state.deleted === 1
    const known = JSON.parse(openText(state.snapshot)) as Snapshot
    return Object.entries(snapshot ?? {}).every(([name, value]) => same(known[name], value))
  }

  const put = (delivery: IncomingDelivery): PutResult => {
    const read = parse(delivery, providerOf, (name) => delivery.headers[name] ?? null)
    if (!read.understood) return write(delivery, null)
    return write(delivery, delivery.route === undefined ? read.event : { ...read.event, route: delivery.route })
  }

  const write = (delivery: IncomingDelivery, event: PushedEvent | null): PutResult => {
    const dedupeKey = dedupeKeyOf(delivery, event, policy)
    const state: DeliveryState = event === null ? "quarantined" : "stored"
    const insertOnce = () =>
      insertDelivery.run(
        delivery.source,
        delivery.origin,
        event?.event ?? null,
        event?.entity ?? null,
        event?.entityId ?? null,
        event?.updatedAt ?? null,
        delivery.receivedAt,
        state,
        dedupeKey,
        sealed.seal(delivery.body),
        noHash,
        event?.actor ?? null,
        event?.occurredAt ?? null
      )
    let added = insertOnce()
    // A state may change and change back within one second. Reconciliation's finding is then no duplicate of the
    // delivery that moved the state before. It is one if a push has come since reconciliation looked.
    if (
      added.changes === 0 &&
      delivery.origin === "reconciliation" &&
      event !== null &&
      isFoundAgain(findApplied.get(dedupeKey) === 1, isKnown(delivery.source, event))
    ) {
      crypto.hash("sha256", `${dedupeKey.toString("hex")} ${delivery.receivedAt}`, "buffer").copy(dedupeKey, 6, 0, 10)
      added = insertOnce()
    }
    if (added.changes === 0) {
      countCopy.run(dedupeKey)
      return "duplicate"
    }
    if (event === null) return "quarantined"
    pending.push([Number(added.lastInsertRowid), event])
    return "stored"
  }

  const eventOf: DeliveryLog["eventOf"] = (id, source) => {
    const known = fresh.get(id)
    if (known !== undefined) return known
    const row = findBody.get(id)
    if (row === undefined) return null
    const read = parse({ source, origin: row.origin, body: sealed.open(row.body) }, providerOf, () => undefined)
    return read.understood ? read.event : null
  }

  const keptAsIs = (delivery: IncomingDelivery): CommitResult => {
    try {
      return durably(() => write(delivery, null))
    } catch (error) {
      if (!isRowFailure(error)) throw error
      return "unavailable"
    }
  }

  return {
    putAll: (deliveries) =>
      aside.each<IncomingDelivery, CommitResult>(
        remembered,
        deliveries,
        put,
        // A retry would not mend a delivery that cannot be written as an event. In a damaged page it is not stored, and
        // not acknowledged.
        (delivery, error) => (isDamage(error) ? "unavailable" : keptAsIs(delivery))
      ),
    eventOf,
    tellersOf: (id, source, { entity, entityId, event, updatedAt }) => {
      if (updatedAt === null || updatedAt < 0) return []
      const [from, to] = [keyFrom(updatedAt), keyFrom(updatedAt + 1)]
      return findTellers.all({ from, to, source, entity, entityId, event, but: id }).flatMap((other) => {
        const told = eventOf(other, source)
        return told === null ? [] : [{ id: other, event: told }]
      })
    },
    forget: (id) => void fresh.delete(id)
  }
}
