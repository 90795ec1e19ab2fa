/** The analysis of one recorded day with the way through the mirror. */
import type { AnalysisSettings } from "../../../src/analysis/index.js"
import { mirrorRule } from "../../../src/mirror/service.js"
import { start } from "../../support/recording.js"

export const settings: AnalysisSettings = {
  window: { from: start, to: start + 86_400_000 },
  reconcileSeconds: 14_400,
  healWithinSeconds: 14_400,
  routes: {},
  plans: {},
  mirror: mirrorRule(3_600_000, new Set())
}
