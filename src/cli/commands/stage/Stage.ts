/** Where a migration stands, from what is found in a folder, and the one command that comes next. Pure. */

import { usualPlanFile } from "../../../config/service.js"
import { approximateDuration, roundedDuration } from "../../../domain/DurationText.js"
import { enoughSeconds } from "../../../report/index.js"
import type { Overview } from "../../../store/index.js"
import { shellWord } from "../../StartCommand.js"
import { driftMend, driftSentence, isDrifted } from "../subscriptions/Drift.js"
import { applyNamed } from "../subscriptions/NothingSubscribed.js"

export type StageName =
  | "nothing"
  | "configured"
  | "unrecorded"
  | "recording"
  | "recorded"
  | "audited"
  | "planned"
  | "subscribed"
  | "drifted"
  | "unsubscribed"
  | "receiving"
  | "safe"
  | "regression"
  | "cutOver"

export interface Facts {
  readonly db: string
  readonly config:
    | { readonly state: "absent" }
    | { readonly state: "unusable"; readonly problem: string }
    | {
        readonly state: "read"
        readonly file: string
        readonly sources: ReadonlyArray<{ readonly name: string; readonly account: string; readonly hooked: boolean }>
        /** Whether `hookshift record` knows which program to start. */
        readonly starts: boolean
      }
  /** `null` without a database. */
  readonly overview: Overview | null
  /** Pollers of the newest `calls` calls; `null` where they were not counted. */
  readonly pollers: { readonly count: number; readonly ofNewest: number | null } | null
  readonly plan:
    | { readonly state: "absent" }
    | { readonly state: "read" }
    | { readonly state: "unusable"; readonly problem: string }
  /** The live comparison; `null` where nothing can be compared, or there is too much for a quick look. */
  readonly shadow: {
    readonly safe: boolean
    /** Each with the worst verdict of its entity types. */
    readonly pollers: ReadonlyArray<{
      readonly integration: string
      readonly endpoint: string
      readonly verdict: string
    }>
    readonly alarms: ReadonlyArray<string>
  } | null
}

export interface Stage {
  readonly name: StageName
  /** In one sentence. */
  readonly say: string
  readonly next: { readonly command: string; readonly why: string }
}

export const recordedSeconds = ({ from, to }: Overview): number =>
  from === null || to === null ? 0 : (to - from) / 1_000

/** From two days on by days. */
export const lastedText = (seconds: number): string =>
  seconds < 172_800 ? roundedDuration(seconds) : approximateDuration(seconds)

export const stageOf = (facts: Facts): Stage => {
  const { overview } = facts
  if (overview === null) return beforeRecording(facts)
  const off = drifted(facts, overview) ?? unsubscribed(facts, overview)
  if (off !== null) return off
  return overview.calls === 0 && overview.events.total === 0
    ? beforeRecording(facts)
    : (live(facts, overview) ?? beforeEvents(facts, overview))
}

const stage = (name: StageName, say: string, command: string, why: string): Stage => ({
  name,
  say,
  next: { command, why }
})

const recordCommand = ({ config }: Facts): string =>
  config.state === "read" && config.starts ? "npx hookshift record" : "npx hookshift record -- node app.js"

const beforeRecording = (facts: Facts): Stage => {
  const { config, overview } = facts
  const [other] = overview?.otherHosts ?? []
  if (other !== undefined)
    return stage(
      "unrecorded",
      "The program was recorded, and called only hosts that hookshift does not record.",
      "npx hookshift record status",
      `names them, and how to have them recorded (most calls went to ${other.host})`
    )
  if (overview !== null && overview.recording > 0)
    return stage(
      "recording",
      "A recording runs, and no call has come yet.",
      "npx hookshift pollers --watch",
      "shows each poller as soon as it repeats"
    )
  if (config.state === "unusable")
    return stage("nothing", config.problem, "npx hookshift doctor", "once the file is mended")
  return config.state === "read" && config.sources.length > 0
    ? stage(
        "configured",
        "The account is configured, and nothing is recorded yet.",
        recordCommand(facts),
        config.starts ? "records until it is stopped" : "with the command that starts your integration behind --"
      )
    : stage(
        "nothing",
        "Nothing is recorded here yet.",
        "npx hookshift init",
        "asks for the account and for your integration, and tries it; or see a whole audit first: npx hookshift audit --demo"
      )
}

/** A drift that `subscriptions status` found comes before the stages that follow from it. */
const drifted = (facts: Facts, { recording, subscriptions }: Overview): Stage | null => {
  const { applied } = subscriptions
  const off = applied.filter(isDrifted)
  if (off.length === 0) return null
  const sources = facts.config.state === "read" ? facts.config.sources.length : 0
  const { command, recordsFirst } = driftMend(off, sources)
  const say = `${driftSentence(off, applied)}.`
  return recordsFirst && recording === 0
    ? stage("drifted", say, recordCommand(facts), `a newer recording has the fields of now; then ${command}`)
    : stage("drifted", say, `npx ${command}`, "sends them again; npx hookshift subscriptions status looks again")
}

const unsubscribed = ({ plan }: Facts, { calls, subscriptions }: Overview): Stage | null => {
  if (!subscriptions.removed) return null
  const apply =
    plan.state === "read"
      ? `hookshift subscriptions apply --migration ${usualPlanFile}`
      : calls > 0
        ? "hookshift subscriptions apply"
        : applyNamed
  const why = "subscribes anew; until then changes come by polling and by reconciliation alone"
  return stage("unsubscribed", "All subscriptions were removed: no events are pushed.", `npx ${apply}`, why)
}

/** Once subscriptions are applied or events have come; `null` before. */
const live = (facts: Facts, overview: Overview): Stage | null => {
  const { events, inbox, receiving, subscriptions } = overview
  const { shadow } = facts
  if (shadow !== null && shadow.alarms.length > 0)
    return stage(
      "regression",
      `The webhooks have become worse: ${shadow.alarms[0]}`,
      "npx hookshift shadow",
      "says which events fail, since when"
    )
  const [refusing] = inbox.refusing
  if (refusing !== undefined)
    return stage(
      "regression",
      `Deliveries of ${refusing} are refused for their signature, and none has been accepted since.`,
      "npx hookshift subscriptions status",
      "names its routes: give the sender the source's secret again, or the receiver the sender's (docs/operations.md)"
    )
  const ready = shadow?.pollers.find(({ verdict }) => verdict === "safe")
  if (ready !== undefined)
    return stage(
      "safe",
      shadow?.safe === true
        ? "Every poller may be switched off."
        : `A poller of ${ready.integration} may be switched off.`,
      `npx hookshift cutover --integration ${shellWord(ready.integration)}`,
      "prints the checklist with today's evidence"
    )
  if (subscriptions.applied.length === 0 && events.total === 0 && !receiving) return null
  if (!receiving)
    return stage(
      "subscribed",
      events.total === 0
        ? "Subscriptions are applied, and no receiver runs."
        : "Events have come before, and no receiver runs: they are lost or wait at the provider.",
      "npx hookshift receive",
      "stores deliveries on disk and hands them over; --forward URL names your program"
    )
  if (overview.cutovers > 0)
    return stage(
      "cutOver",
      "Pollers are switched off, and the receiver runs.",
      "npx hookshift shadow",
      "raises an alarm when pushes fail; reconciliation stays on"
    )
  return stage(
    "receiving",
    events.total === 0
      ? "The receiver runs, and waits for its first delivery."
      : "The receiver runs beside the pollers.",
    events.total === 0 ? "npx hookshift subscriptions status" : "npx hookshift shadow",
    events.total === 0
      ? "shows whether the subscriptions are in place"
      : "shows how far the evidence for a cut-over has come"
  )
}

const beforeEvents = (facts: Facts, overview: Overview): Stage => {
  const seconds = recordedSeconds(overview)
  const lasted = lastedText(seconds)
  const audit = (why: string): readonly [string, string] => ["npx hookshift audit", why]
  if (facts.plan.state !== "absent") return afterPlan(facts)
  if (overview.auditedAt === null)
    return facts.pollers?.count === 0
      ? stage(
          "recorded",
          `${lasted} are recorded, and no poller shows yet.`,
          overview.recording > 0 ? "npx hookshift pollers --watch" : recordCommand(facts),
          "a poller shows once it has repeated four times"
        )
      : stage(
          "recorded",
          `${lasted} are recorded.`,
          ...audit(
            seconds < enoughSeconds
              ? "a first look; a day of recording makes its figures firm"
              : "what webhooks would save, and what they would risk"
          )
        )
  if (seconds < enoughSeconds)
    return overview.recording > 0
      ? stage(
          "audited",
          `${lasted} are recorded and audited, and the recording goes on.`,
          ...audit("again, once about a day is recorded")
        )
      : stage(
          "audited",
          `${lasted} are recorded and audited: a first look.`,
          recordCommand(facts),
          "goes on with the recording: for figures that hold, about a day"
        )
  return stage(
    "audited",
    `${lasted} are recorded and audited.`,
    "npx hookshift plan --out hookshift.plan.json",
    "the events, the reconciliation, and what becomes of each poller, to edit and carry out"
  )
}

const afterPlan = ({ config, plan }: Facts): Stage => {
  if (plan.state === "unusable")
    return stage("planned", plan.problem, "npx hookshift plan --out hookshift.plan.json", "writes it anew; or mend it")
  const sources = config.state === "read" ? config.sources : []
  if (sources.length === 0)
    return stage(
      "planned",
      "The plan is made, and no account is configured.",
      "npx hookshift init",
      "writes the configuration"
    )
  return sources.every(({ hooked }) => hooked)
    ? stage(
        "planned",
        "The plan is made, and nothing is subscribed yet.",
        "npx hookshift subscriptions apply --migration hookshift.plan.json --dry-run",
        "shows what would be created; without --dry-run it is"
      )
    : stage(
        "planned",
        "The plan is made, and no webhook is configured yet.",
        "npx hookshift doctor",
        "says what the configuration still lacks, each with its remedy"
      )
}
