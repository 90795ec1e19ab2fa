/** Imports (`importHar`, `importLog`, `importNdjson`) and exports (`harOf`, `ndjsonOf`) of recordings. */
export { harOf, ndjsonOf } from "./exportCalls.js"
export type { ImportResult } from "./ImportCounts.js"
export { importHar, importLog } from "./importCalls.js"
export { importNdjson } from "./importNdjson.js"
