/** A report of a recording that a test has built, without a replay. */
import { type AnalysisSettings, analyse, goalOf } from "../../src/analysis/index.js"
import type { Recording } from "../../src/domain/Recording.js"
import type { Report } from "../../src/domain/Report.js"
import { buildReport } from "../../src/report/index.js"

export const builtReport = (recording: Recording, settings: AnalysisSettings): Report =>
  buildReport({
    analysis: analyse(recording, settings),
    replay: null,
    shadow: null,
    subscriptions: [],
    runbooks: new Map(),
    reconcileSeconds: settings.reconcileSeconds,
    reconcile: settings.reconcile ?? {},
    faults: "",
    freshnessGoals: settings.freshnessGoals ?? {},
    plan:
      settings.healWithinSeconds === undefined
        ? null
        : {
            healWithinSeconds: settings.healWithinSeconds,
            goal: goalOf(settings),
            isGiven: settings.migrations !== undefined
          },
    isKnown: () => false,
    generatedAt: settings.window.to,
    measured: { ackSeconds: null, wallSeconds: 0 }
  })
