/** Audits: `audit` runs one, `analyseStore` its analysis alone, `parseFaults` reads `--faults`. */
export * from "./Audit.js"
export * from "./Faults.js"
