/** The rules from which each verdict follows. The report prints `verdictRules` as they are. Pure. */
import { roundedDuration } from "../../domain/DurationText.js"
import { counted, roundedPercent as percent } from "../../domain/Figures.js"
import type { Verdict } from "../../domain/Verdict.js"

/** Least coverage for `migrate`. */
export const migrateFrom = 0.95
/** Least coverage for `hybrid`: below it a second path is not worth its cost. */
export const hybridFrom = 0.3
/** Least reduction of a poller's calls for `migrate` and `hybrid`. */
export const worthwhileFrom = 0.25
/** Least share of empty sweeps for `tune`. */
export const tuneFromEmpty = 0.9

export const verdictRules: ReadonlyArray<string> = [
  "keep: no event of the route tells of what the poller asks for (a search for anything but what changed, an entity that is not pushed, an unknown API)",
  "keep: it also reads a type that neither an event nor reconciliation would bring in its place",
  "keep: the recording has no bodies, so that nothing can be said of what the polls found",
  "keep: the freshness that was asked for (--slo) is met by polling and would not be by webhooks with reconciliation",
  `keep: webhooks with reconciliation would save less than ${worthwhileFrom * 100} % of the poller's calls`,
  `tune: it has to stay, and at least ${tuneFromEmpty * 100} % of its sweeps found nothing new: ask less often`,
  `migrate: events cover at least ${migrateFrom * 100} % of the observed changes`,
  `hybrid: events cover at least ${hybridFrom * 100} %, or may do so where only the stamp of changes shows; what they do not cover waits for reconciliation`
]

export interface VerdictInput {
  /** A search that is not a feed of changes. */
  readonly searches: boolean
  readonly entity: string | null
  /** HEAD requests bring no items. */
  readonly headOnly: boolean
  readonly pushedEvents: number
  /** Entity types that it reads, and that neither events nor reconciliation would bring. */
  readonly unbrought: ReadonlyArray<string>
  readonly yieldKnown: boolean
  readonly sweeps: number
  /** Of the sweeps: not answered. */
  readonly failed: number
  /** Of the sweeps: with a body that could not be read. */
  readonly unread: number
  /** Share of the changes that the route surely pushes; `null` without any change. */
  readonly coverage: number | null
  /** The same if all changes of unknown fields are pushed. */
  readonly coverageAtMost: number | null
  /** Changes of which only the stamp shows. */
  readonly unknown: number
  /** Changes of which no earlier version was seen; `null` where none counts as not pushed. */
  readonly seenOnce: { readonly changes: number; readonly pushed: number } | null
  readonly uncovered: ReadonlyArray<readonly [field: string, count: number]>
  readonly changes: number
  readonly calls: number
  readonly callsAfterIfMigrated: number
  /** The same over a whole reconciliation interval, where the window is shorter than one. */
  readonly stretched: {
    readonly windowSeconds: number
    readonly calls: number
    readonly callsAfterIfMigrated: number
  } | null
  readonly emptyShare: number | null
  /** The admissible alternative that keeps polling with the fewest calls; `null` where none saves any. */
  readonly tuning: { readonly name: string; readonly calls: number } | null
  readonly reconcileSeconds: number
  /** Whether the plan replaces it, and why it does not; absent where the interval is given. */
  readonly plan?: { readonly replaced: boolean; readonly why: string }
  /** The freshness goal (`--slo`); `null` without one. */
  readonly goal: {
    readonly text: string
    readonly metByPolling: boolean
    readonly metByWebhooks: boolean
    /** The same if all changes of unknown fields are pushed. */
    readonly mayBeMetByWebhooks: boolean
    readonly webhookSeconds: number
  } | null
}

export interface VerdictWithReasons {
  readonly verdict: Verdict
  readonly reasons: ReadonlyArray<string>
}

export const verdictOf = (input: VerdictInput): VerdictWithReasons => {
  const stays = (reason: string): VerdictWithReasons => {
    if (input.plan !== undefined) {
      const { tuning } = input
      return tuning === null
        ? { verdict: "keep", reasons: [reason] }
        : {
            verdict: "tune",
            reasons: [reason, `${tuning.name} would make ${counted(tuning.calls, "call")} instead of ${input.calls}`]
          }
    }
    if (input.emptyShare !== null && input.emptyShare >= tuneFromEmpty) {
      return {
        verdict: "tune",
        reasons: [
          reason,
          `${percent(input.emptyShare)} of its sweeps found nothing new${input.tuning === null ? ": ask less often" : `: ${input.tuning.name} would make ${counted(input.tuning.calls, "call")} instead of ${input.calls}`}`
        ]
      }
    }
    return { verdict: "keep", reasons: [reason] }
  }
  if (input.headOnly) return stays("a HEAD tells whether something is there, and brings no item")
  if (input.entity === null) return stays("its endpoint is in no provider's catalogue, so no event is known for it")
  if (input.searches) return stays("no event tells when the answer to a search changes: time alone can change it")
  if (input.pushedEvents === 0) return stays(`the route pushes no event for ${input.entity}`)
  if (input.failed === input.sweeps) return stays("none of its sweeps was answered: what it asks for cannot be known")
  if (input.unbrought.length > 0)
    return stays(
      `it also reads ${input.unbrought.join(" and ")}, of which no event tells and which reconciliation cannot sweep: without it nothing would bring them`
    )
  if (!input.yieldKnown)
    return stays(
      input.unread >= input.sweeps - input.failed
        ? "the recording has no response bodies: what the polls found cannot be known"
        : `${input.unread} of its ${input.sweeps} sweeps have no response body that can be read: what they found cannot be known`
    )
  if (input.plan?.replaced === false) return stays(input.plan.why)
  const { calls, callsAfterIfMigrated } = input.stretched ?? input
  const extrapolated =
    input.stretched === null ? "" : `, extrapolated from ${roundedDuration(input.stretched.windowSeconds)},`
  if (input.plan === undefined && 1 - callsAfterIfMigrated / calls < worthwhileFrom) {
    return stays(
      `it makes ${counted(calls, "call")}${extrapolated} and reconciliation every ${roundedDuration(input.reconcileSeconds)} would still make ${callsAfterIfMigrated}: webhooks would make it fresher, not cheaper`
    )
  }
  const { goal } = input
  if (input.plan === undefined && goal?.metByPolling === true && !goal.mayBeMetByWebhooks) {
    return {
      verdict: "keep",
      reasons: [
        `${goal.text} is met by polling, and would not be by webhooks reconciled every ${roundedDuration(input.reconcileSeconds)} (${roundedDuration(goal.webhookSeconds)}): reconcile more often, or choose a route that covers more`
      ]
    }
  }
  const coverage = input.coverage ?? 1
  const { unknown } = input
  const atMost = input.coverageAtMost ?? coverage
  const covered = unknown === 0 ? percent(coverage) : `${percent(coverage)} to ${percent(atMost)}`
  const fields = input.uncovered.map(([field, count]) => `${field} ${count}×`).join(", ")
  const reasons = [
    ...(input.stretched === null
      ? []
      : [
          `extrapolated from ${roundedDuration(input.stretched.windowSeconds)}: in a whole reconciliation interval its ${counted(calls, "call")} become ${callsAfterIfMigrated}, its share of what is called instead`
        ]),
    input.changes + unknown === 0
      ? "it saw no change in this window"
      : `events cover ${covered} of the ${input.changes + unknown} changes it saw${fields === "" ? "" : `; not pushed: ${fields}`}`,
    ...(unknown === 0
      ? []
      : [
          `of ${unknown} of them it is not known what changed, for only the stamp shows: counted as not pushed, and hookshift shadow will tell once both paths run`
        ])
  ]
  if (input.seenOnce !== null)
    reasons.push(
      `of ${input.seenOnce.changes} more no earlier version was seen, so which fields changed is not known: the others are too few to count all of these as pushed, so ${Math.round(input.seenOnce.changes - input.seenOnce.pushed)} are taken to wait for reconciliation`
    )
  if (goal !== null && !goal.metByWebhooks)
    reasons.push(
      goal.mayBeMetByWebhooks
        ? `${goal.text} is met by webhooks only if events cover what is not known`
        : `${goal.text} is met by neither: reconcile more often`
    )
  if (input.failed > 0) reasons.push(`${input.failed} of its ${input.sweeps} sweeps brought no answer`)
  if (input.unread > 0)
    reasons.push(
      `${input.unread} of its ${input.sweeps} sweeps have no body that can be read, and count as neither empty nor not`
    )
  if (input.emptyShare !== null) reasons.push(`${percent(input.emptyShare)} of its sweeps found nothing new`)
  if (coverage >= migrateFrom) return { verdict: "migrate", reasons }
  if (atMost >= hybridFrom || input.plan !== undefined) {
    return {
      verdict: "hybrid",
      reasons: [
        ...reasons,
        `a migration without reconciliation would lose ${unknown === 0 ? "" : "up to "}${percent(1 - coverage)} of the changes; with it they arrive within ${roundedDuration(input.reconcileSeconds)}`
      ]
    }
  }
  return stays(`events cover only ${covered} of its changes`)
}
