/** Recordings from files and into files: HAR, access logs, and hookshift's own NDJSON. */
export { harOf, ndjsonOf } from "./exportCalls.js"
export type { ImportResult } from "./ImportCounts.js"
export { importHar, importLog } from "./importCalls.js"
export { importNdjson } from "./importNdjson.js"
