/** Where the migration in this folder stands, and what comes next. */
import { Clock, Effect } from "effect"
import { isoOrNull } from "../../../domain/Figures.js"
import type { Overview } from "../../../store/index.js"
import { print, printJson } from "../../Output.js"
import { isDrifted } from "../subscriptions/Drift.js"
import { type Facts, recordedSeconds, type Stage, stageOf } from "./Stage.js"
import type { StageOptions } from "./StageCommand.js"
import { factsOf } from "./StageFacts.js"
import { stageText } from "./StageText.js"

export const runStage = (options: StageOptions) =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const facts = yield* factsOf(options, now)
    const stage = stageOf(facts)
    yield* options.json ? printJson(jsonOf(facts, stage)) : print(stageText(facts, stage, now))
  })

const subscriptionsOf = ({ subscriptions: { applied, removed } }: Overview) => ({
  applied: applied.length,
  delivered: applied.filter(({ verifiedAt }) => verifiedAt !== null).length,
  drifted: applied.filter(isDrifted).map(({ event, route, source, state }) => ({ source, route, event, state })),
  removed
})

const jsonOf = ({ config, db, overview, plan, pollers, shadow }: Facts, { name, next, say }: Stage) => ({
  stage: name,
  say,
  next,
  db,
  config,
  recording:
    overview === null
      ? null
      : {
          calls: overview.calls,
          seconds: Math.round(recordedSeconds(overview)),
          from: isoOrNull(overview.from),
          to: isoOrNull(overview.to),
          running: overview.recording,
          pollers,
          otherHosts: overview.otherHosts
        },
  auditedAt: isoOrNull(overview?.auditedAt ?? null),
  plan,
  subscriptions: overview === null ? null : subscriptionsOf(overview),
  receiver:
    overview === null
      ? null
      : {
          running: overview.receiving,
          events: overview.events.total,
          dead: overview.events.dead,
          lastAt: isoOrNull(overview.events.lastAt)
        },
  shadow,
  cutovers: overview?.cutovers ?? null
})
