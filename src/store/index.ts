/**
 * The store as a file, for the capabilities: opening, migrating, care, faults, the statements of recording and
 * inbox. No Effect.
 */

export * from "./Database.js"
export * from "./FileIdentity.js"
export type { DeliveryState, InboxFilter } from "./inbox/DeliveryFilter.js"
export * as DeliveryRows from "./inbox/DeliveryRows.js"
export * as EntityStateRows from "./inbox/EntityStateRows.js"
export * as FilteredDeliveries from "./inbox/FilteredDeliveries.js"
export * as HandOverRows from "./inbox/HandOverRows.js"
export * as HistoryRows from "./inbox/HistoryRows.js"
export { type InboxConnection, openInboxConnection } from "./inbox/InboxConnection.js"
export * as OwnerRow from "./inbox/OwnerRow.js"
export * as OwnWriteRows from "./inbox/OwnWriteRows.js"
export * as PresenceRow from "./inbox/PresenceRow.js"
export * as PushRows from "./inbox/PushRows.js"
export * as SealingKeyRows from "./inbox/SealingKeyRows.js"
export * as StateFeedRows from "./inbox/StateFeedRows.js"
export * as SweepRows from "./inbox/SweepRows.js"
export * as UsageRows from "./inbox/UsageRows.js"
export * as Wal from "./inbox/Wal.js"
export * from "./LiveEvidence.js"
export * from "./Maintenance.js"
export * from "./MirrorRows.js"
export { type AppliedSubscription, type Overview, readOverview } from "./Overview.js"
export { besideFile, openPrivately, type Unfinished, writePrivately } from "./PrivateFile.js"
export { type RefusedDeliveries, refusedDeliveries } from "./RefusedDeliveries.js"
export { bodyTexts } from "./recording/BodyTexts.js"
export { type Forgotten, forget, importedFiles } from "./recording/Forget.js"
export { type CallWindow, eachWholeCall, type WholeCall } from "./recording/RecordedCalls.js"
export { hasCalls, recordedSpan } from "./recording/RecordedExtent.js"
export { noteImport, openRecorderRow } from "./recording/RecorderRow.js"
export * as RecordingStatements from "./recording/RecordingStatements.js"
export { isRunning } from "./recording/RecordingStatus.js"
export * from "./recording/ReplayEvidence.js"
export { makeStreamIds } from "./recording/StreamIds.js"
export * from "./SealedTables.js"
export {
  explain,
  isDamage,
  isRowFailure,
  rowFailureOf,
  StoreError,
  type StoreFailure,
  storeFailures
} from "./StoreError.js"
export { type SubscribedEvent, subscribedEvents } from "./SubscribedEvents.js"
