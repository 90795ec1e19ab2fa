/** How the live comparison is judged where nobody asks for another measure (docs/cut-over.md). */
export const usualMeasure = { confidence: 0.95, maxLoss: 0.01, settle: "15m" } as const
