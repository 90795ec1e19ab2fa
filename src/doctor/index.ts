/** The doctor's public API: `checkSource` and its results. */
export * from "./Doctor.js"
