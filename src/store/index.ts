/** What the capabilities may use of the store as a file: opening, migrating, looking after it, its failures. No Effect in here. */

export * from "./Database.js"
export * from "./FileIdentity.js"
export { type Forgotten, forget, importedFiles } from "./Forget.js"
export { noteImport } from "./Imports.js"
export * from "./LiveEvidence.js"
export * from "./Maintenance.js"
export { besideFile, openPrivately, type Unfinished, writePrivately } from "./PrivateFile.js"
export { isRunning } from "./RecordingStatus.js"
export * from "./RowFailure.js"
export * from "./SealedTables.js"
