/** The way through the mirror in words: of one poller, and of all programs together. */
import { roundedDuration, settingDuration } from "../../domain/DurationText.js"
import { type MirrorAddition, type MirrorWay, unrecorded, unrecordedSentence } from "../../domain/MirrorWay.js"
import type { PollerAssessment } from "../../domain/Poller.js"
import type { Report } from "../../domain/Report.js"
import { reportedText } from "../../domain/SweepInterval.js"
import { code, count, percent, some, text } from "./Words.js"

/** The calls of the whole way, by what makes them. */
export const mirrorParts = ({
  checks,
  hydration,
  reads,
  reconciliation,
  retries,
  through,
  upkeep
}: MirrorWay): string =>
  [
    `${some(through, "call")} go through${checks === 0 ? "" : ` (${count(checks)} check a credential)`}`,
    `it reads ${count(reads)}`,
    `its receiver makes ${count(reconciliation + hydration + upkeep)}`,
    ...(retries === 0 ? [] : [`${count(retries)} retried`])
  ].join(", ")

/** A type that its receiver reconciles, and the plan does not. */
export const additionText = (added: MirrorAddition): string => {
  const { account, entity, events } = added
  const by = events.length === 0 ? "" : `, and subscribes to ${events.join(", ")}`
  return `beside the plan its receiver reconciles ${entity} of ${account} ${reportedText(added, settingDuration)}${by}`
}

const servedOf = (pollers: Report["pollers"]): number => pollers.filter(({ mirror }) => mirror?.served === true).length

/** Its row among the plans; empty where it is not forecast, or serves none. */
export const mirrorRow = ({ plan, pollers }: Report): ReadonlyArray<readonly [string, number]> =>
  plan?.mirror === undefined
    ? []
    : [
        [
          `the programs as they are, through the mirror (${servedOf(pollers)} of ${pollers.length} served)`,
          plan.mirror.calls
        ]
      ]

/** The parts of the way through the mirror, and when to choose it. */
export const whenMirror = ({ plan }: Report): ReadonlyArray<string> =>
  plan?.mirror === undefined
    ? []
    : [
        "",
        `Through the mirror, by a new base URL alone: ${mirrorParts(plan.mirror)} (a point forecast). For programs that nobody can change soon; \`report.html\` says whom it serves.`,
        ...(plan.mirror.added ?? []).map((added) => `- ${text(additionText(added))}`)
      ]

/** A poller's way through the mirror; empty where it is not forecast. */
export const throughMirror = ({ calls, mirror }: PollerAssessment): ReadonlyArray<string> => {
  if (mirror == null) return []
  const reasons = Object.entries(mirror.through)
    .map(([reason, times]) => `${code(reason)} ${count(times)}`)
    .join(", ")
  if (unrecorded in mirror.through && !mirror.served)
    return [`**The mirror is not forecast here:** ${unrecordedSentence}.`]
  if (!mirror.served) return [`**Not served by the mirror:** all of its requests would go through (${reasons}).`]
  const p95 =
    mirror.freshnessSeconds === null ? "" : `, p95 ${roundedDuration(mirror.freshnessSeconds.p95)} of what it answers`
  return [
    `**Through the mirror**, as it is (${text(mirror.burden)}): ${count(mirror.calls)} of ${some(calls, "call")} reach the provider, ${percent(mirror.reduction)} fewer${p95}.${reasons === "" ? "" : ` Why they go through: ${reasons}.`}`
  ]
}
