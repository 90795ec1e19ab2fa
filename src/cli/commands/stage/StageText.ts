/** The stages of a migration as lines, those that are behind with a mark. Pure. */
import { approximateDuration } from "../../../domain/DurationText.js"
import type { EpochMillis } from "../../../domain/Time.js"
import { count, some } from "../../../report/index.js"
import { isDrifted } from "../subscriptions/Drift.js"
import { type Facts, lastedText, recordedSeconds, type Stage } from "./Stage.js"

interface Line {
  readonly done: boolean
  readonly name: string
  readonly say: string
}

export const stageText = (facts: Facts, { next, say }: Stage, now: EpochMillis): string =>
  [
    say,
    "",
    ...linesOf(facts, now).map(({ done, name, say }) => `  ${done ? "✓" : "·"} ${name.padEnd(11)} ${say}`.trimEnd()),
    "",
    `next: ${next.command}`,
    `      ${next.why}`
  ].join("\n")

const linesOf = (facts: Facts, now: EpochMillis): ReadonlyArray<Line> => {
  const { overview, plan, shadow } = facts
  const ready = shadow?.pollers.filter(({ verdict }) => verdict === "safe").length ?? 0
  const audited = overview?.auditedAt ?? null
  return [
    configured(facts),
    { done: (overview?.calls ?? 0) > 0, name: "recorded", say: recorded(facts, now) },
    { done: audited !== null, name: "audited", say: audited === null ? "" : since(audited, now) },
    {
      done: plan.state === "read",
      name: "planned",
      say: plan.state === "absent" ? "" : plan.state === "read" ? "hookshift.plan.json" : plan.problem
    },
    subscribed(facts),
    { done: overview?.receiving === true, name: "receiving", say: received(facts, now) },
    {
      done: (overview?.cutovers ?? 0) > 0,
      name: "cut over",
      say: [
        ...((overview?.cutovers ?? 0) > 0 ? [`${some(overview!.cutovers, "poller")} switched off`] : []),
        ...(shadow === null ? [] : [`${ready} of ${some(shadow.pollers.length, "compared poller")} safe to switch off`])
      ].join(", ")
    }
  ]
}

const subscribed = ({ overview }: Facts): Line => {
  const { applied = [], removed = false } = overview?.subscriptions ?? {}
  const delivered = applied.filter(({ verifiedAt }) => verifiedAt !== null).length
  const off = applied.filter(isDrifted).length
  const told = `${some(applied.length, "event")}, ${count(delivered)} of which ${delivered === 1 ? "has" : "have"} delivered`
  return {
    done: applied.length > 0 && off === 0,
    name: "subscribed",
    say: applied.length > 0 ? `${told}${off === 0 ? "" : `, ${count(off)} not as applied`}` : removed ? "no more" : ""
  }
}

const configured = ({ config }: Facts): Line => ({
  done: config.state === "read" && config.sources.length > 0,
  name: "configured",
  say:
    config.state === "absent"
      ? ""
      : config.state === "unusable"
        ? config.problem
        : config.sources.map(({ account, name }) => `${name}: ${account}`).join(", ")
})

const recorded = ({ db, overview, pollers }: Facts, now: EpochMillis): string => {
  if (overview === null || overview.calls === 0 || overview.to === null) return ""
  const found =
    pollers === null
      ? ""
      : `, ${some(pollers.count, "poller")}${pollers.ofNewest === null ? "" : ` among the newest ${count(pollers.ofNewest)}`}`
  const going = overview.recording > 0 ? "; recording now" : `; last ${since(overview.to, now)}`
  return `${lastedText(recordedSeconds(overview))}, ${some(overview.calls, "call")}${found}${going} (${db})`
}

const received = ({ overview }: Facts, now: EpochMillis): string => {
  if (overview === null) return ""
  const { dead, lastAt, total } = overview.events
  const running = overview.receiving ? "runs" : total > 0 ? "does not run" : ""
  const { refusing } = overview.inbox
  const refused = refusing.length === 0 ? "" : `; deliveries of ${refusing.join(", ")} are refused for their signature`
  if (total === 0) return `${running}${refused}`
  const last = lastAt === null ? "" : `, the last ${since(lastAt, now)}`
  const lost = dead > 0 ? `, ${count(dead)} dead (hookshift inbox list --state dead)` : ""
  return `${running}, ${some(total, "event")} so far${last}${lost}${refused}`
}

const since = (at: EpochMillis, now: EpochMillis): string =>
  now - at < 60_000 ? "just now" : `${approximateDuration((now - at) / 1_000)} ago`
