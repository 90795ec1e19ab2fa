/** What may be used of the gates: what makes a run fail, and what is let through because it is known. */
export * from "./Baseline.js"
export * from "./Gates.js"
