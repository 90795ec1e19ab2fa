/**
 * The durable inbox over its own connection at `synchronous=FULL`: the delivery log, the states of entities, notes,
 * queries and retention. Plain and synchronous. The running receiver keeps it in a thread of its own (InboxThread.ts),
 * so that the listener never waits for the disk; commands open it directly.
 */
import type { HistoryLine } from "../../domain/History.js"
import { UsageRows } from "../../store/index.js"
import { type DeliveryLog, openDeliveryLog } from "./DeliveryLog.js"
import { type EntityStates, openEntityStates } from "./EntityStates.js"
import { type InboxOptions, openInboxFile } from "./InboxFile.js"
import { inboxHistory } from "./InboxHistory.js"
import { type InboxQueries, openQueries } from "./InboxQueries.js"
import { openNotes, type ReceiverNotes } from "./ReceiverNotes.js"
import { openRetention, type Retention } from "./Retention.js"
import { openSetAside } from "./SetAside.js"
import { openUnappliedEvents, type UnappliedEvents } from "./UnappliedEvents.js"

export type { InboxOptions } from "./InboxFile.js"

export interface Inbox extends DeliveryLog, UnappliedEvents, EntityStates, InboxQueries, ReceiverNotes, Retention {
  /** The inbox as a history that can be checked. */
  readonly history: () => Iterable<HistoryLine>
  readonly writable: () => boolean
  readonly close: () => void
}

/** The file and its parts. The hand-over opens its queue (HandOverQueue.ts) separately. */
export const openInboxWithFile = (file: string, options: InboxOptions = {}) => {
  const opened = openInboxFile(file, options)
  const { database, relaxed } = opened
  const aside = openSetAside(opened)
  const log = openDeliveryLog(opened, aside)
  const touchFile = UsageRows.touchFile(database)
  const inbox: Inbox = {
    ...log,
    ...openUnappliedEvents(opened, log, aside),
    ...openEntityStates(opened, log, aside),
    ...openQueries(opened),
    ...openNotes(opened),
    ...openRetention(opened),
    history: () => inboxHistory(opened),
    writable: () => {
      try {
        relaxed(() => touchFile.run())
        return true
      } catch {
        return false
      }
    },
    close: () => database.close()
  }
  return { inbox, file: opened, aside }
}

export const openInbox = (file: string, options: InboxOptions = {}): Inbox => openInboxWithFile(file, options).inbox
