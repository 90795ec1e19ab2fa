/** Gates of an audit (`gatesOf`, `failing`), and the baseline of accepted findings. */
export * from "./Baseline.js"
export * from "./Gates.js"
