/**
 * Puts deliveries into the inbox, each once: what acknowledges them. A batch is one transaction and one fsync (6,900
 * deliveries/s against 1,400 one by one).
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
  /** All of them in one transaction, on disk when this returns; throws what SQLite threw, with nothing stored. */
  readonly putAll: (deliveries: ReadonlyArray<IncomingDelivery>) => ReadonlyArray<CommitResult>
  /** The event of a stored delivery; `null` for what is in quarantine or gone. Throws for a row that cannot be read. */
  readonly eventOf: (id: number, source: string) => PushedEvent | null
  /** Its event is not asked for again. */
  readonly forget: (id: number) => void
}

/** The body's hash is for people: it is made when they look. */
const noHash = Buffer.alloc(0)

/** Events kept parsed between storing and applying; at 4 KB each some 20 MB. */
const maxFresh = 5_000

/**
 * 16 bytes, led by the provider's stamp: what comes together lies together in the index, so a batch touches few of its pages. Where
 * the sender's own identity decides, no stamp leads: how a body is read may hang on headers that nobody signed.
 */
const dedupeKeyOf = (delivery: IncomingDelivery, event: PushedEvent | null, { identityOf }: Policy): Buffer => {
  const { source } = delivery
  const parts =
    delivery.deliveryId !== null
      ? senderIdentity(source, delivery.deliveryId)
      : event === null
        ? `${source}\0${crypto.hash("sha256", delivery.body, "hex")}`
        : identityOf({ ...event, source, content: plainSpelling(event.snapshot) })
  const key = Buffer.alloc(16)
  if (delivery.deliveryId === null) key.writeUIntBE(Math.max(0, event?.updatedAt ?? 0), 0, 6)
  crypto.hash("sha256", parts, "buffer").copy(key, 6, 0, 10)
  return key
}

/** Reconciliation's own events have a form of their own. A sender's body of that form is not believed. */
const parse = (
  { body, origin, source }: Pick<IncomingDelivery, "body" | "origin" | "source">,
  providerOf: InboxFile["providerOf"],
  header: (name: string) => string | null | undefined
): ParsedPayload =>
  origin === "reconciliation" ? parseFound(body) : parsePayload(body, { provider: providerOf(source), header })

export const openDeliveryLog = (file: InboxFile, aside: SetAside): DeliveryLog => {
  const { database, durably, openText, policy, providerOf, sealed } = file
  /** Events put by this process and not applied yet, so that they are not opened and parsed once more. */
  const fresh = new Map<number, PushedEvent>()
  /** Those of the transaction under way. Rows that are rolled back give their ids to others. */
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

  /** The state is what was found, or newer: it has moved since reconciliation looked. */
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
    return write(delivery, read.understood ? read.event : null)
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
    // Reconciliation has looked at the state: where that was so before, changed, and is so again within one second, what it
    // found is no duplicate of the delivery that has moved the state already. A push that came since it looked makes it one.
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
        // A retry would not mend what cannot be written as an event; what lies in a damaged page is not stored, and not acknowledged.
        (delivery, error) => (isDamage(error) ? "unavailable" : keptAsIs(delivery))
      ),
    eventOf: (id, source) => {
      const known = fresh.get(id)
      if (known !== undefined) return known
      const row = findBody.get(id)
      if (row === undefined) return null
      const read = parse({ source, origin: row.origin, body: sealed.open(row.body) }, providerOf, () => undefined)
      return read.understood ? read.event : null
    },
    forget: (id) => void fresh.delete(id)
  }
}
