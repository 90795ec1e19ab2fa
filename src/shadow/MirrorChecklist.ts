/**
 * The checklist for pointing one poller at the mirror, with the forecast and the evidence so far, as Markdown. Pure.
 */
import { count, percent, counted as some } from "../domain/Figures.js"
import type { PollerMirror } from "../domain/MirrorWay.js"
import type { AnswerVerdict } from "./AnswerVerdict.js"

export interface MirroredPoller {
  readonly integration: string
  readonly endpoint: string
  /** Its account's source, or host; `null` where the program polls a single account. */
  readonly source: string | null
  /** Recorded. */
  readonly calls: number
  /** Forecast of them. */
  readonly mirror: PollerMirror
  /** A mirror's counts so far; `null` where none of its requests has come to one. */
  readonly evidence: {
    readonly requests: number
    readonly hits: number
    readonly right: number
    readonly wrong: number
  } | null
  readonly verdict: AnswerVerdict
  /** Why requests went through for `never-swept`; `null` where none did, or the types are complete by now. */
  readonly unswept: Unswept | null
  /** Its needs of the receiver beyond the plan's set-up; `null` for none. */
  readonly setUp: MirrorSetUp | null
  /** The program's other endpoints of that account, which its base URL takes along and the mirror does not serve. */
  readonly alsoThrough: AlsoThrough
}

export interface Unswept {
  readonly requests: number
  /** The source's name. */
  readonly source: string
  /** Types that no receiver reconciles. */
  readonly notReconciled: ReadonlyArray<string>
  /** Types of which the first sweep has not ended. */
  readonly begun: ReadonlyArray<string>
}

export interface AlsoThrough {
  /** Recorded: all of them reach the provider as before. */
  readonly calls: number
  readonly endpoints: ReadonlyArray<{
    readonly endpoint: string
    readonly calls: number
    /** Why: reasons with their calls (docs/mirror.md); empty for a product that is not known. */
    readonly through: Readonly<Record<string, number>>
  }>
}

export interface MirrorSetUp {
  /** The source's name; `null` for an account that the configuration does not have. */
  readonly source: string | null
  /** Types and intervals: `contact every 12m`. */
  readonly types: ReadonlyArray<string>
  /** The source's whole `reconcile` setting, as JSON. */
  readonly reconcile: string
  /** The further events. */
  readonly events: ReadonlyArray<string>
  /** By route, all that are subscribed to then. */
  readonly routes: ReadonlyArray<{ readonly route: string; readonly events: ReadonlyArray<string> }>
}

const ready = ({ unswept, verdict: { verdict, why } }: MirroredPoller): string => {
  const said = `${verdict === "safe" ? "Safe" : "Not yet"}: ${why}.`
  if (unswept === null) return said
  const { begun, notReconciled, requests } = unswept
  const reasons = [
    ...(notReconciled.length === 0 ? [] : [`the receiver does not reconcile ${notReconciled.join(", ")}`]),
    ...(begun.length === 0 ? [] : [`the receiver's first sweep of ${begun.join(", ")} has not ended`])
  ]
  return `${said} ${count(requests)} ${requests === 1 ? "request" : "requests"} went through for \`never-swept\`: ${reasons.join(", and ")}.`
}

/** The plan reconciles these types, and the receiver does not. */
const unsweptLines = (unswept: Unswept | null, setUp: MirrorSetUp | null): string => {
  if (unswept === null) return ""
  const { begun, notReconciled, source } = unswept
  const wait =
    begun.length === 0 ? "" : `- [ ] the receiver runs until its first sweep of ${begun.join(", ")} has ended\n`
  if (notReconciled.length === 0 || setUp !== null) return wait
  const types = notReconciled.join(", ")
  return `- [ ] the receiver reconciles ${types}, as the plan asks: \`hookshift subscriptions apply --source ${source}\` has subscribed to all events of the plan, the \`reconcile\` setting of \`sources.${source}\` does not leave ${types} out, and \`hookshift receive\` was started again (its log names what it reconciles)
${wait}`
}

/** The plan's file does for all; without it a source with a single route is set up by hand. */
const setUpLines = (setUp: MirrorSetUp | null): string => {
  if (setUp === null) return ""
  const { events, reconcile, routes, source, types } = setUp
  const [only, ...others] = routes
  const named = source === null ? "" : ` --source ${source}`
  const setting = `\`reconcile\` of ${source === null ? "its source" : `\`sources.${source}\``} in hookshift.config.json`
  const pushed = events.length === 0 ? "" : `, and is sent ${events.map((event) => `\`${event}\``).join(", ")}`
  const byHand =
    others.length > 0 || only === undefined
      ? ""
      : `; without the plan's file it is set so in any case, and \`hookshift subscriptions apply${named} --events ${only.events.join(",")}\` names all events`
  return `- [ ] the receiver reconciles ${types.join(", ")} as well${pushed}: the plan for handlers leaves that out, and this program asks for it
- [ ] so \`hookshift plan --mirror --out hookshift.plan.json\` has written the plan anew, \`hookshift subscriptions apply${named}\` has subscribed by it, and \`hookshift receive\` was started again in its folder
- [ ] if ${setting} is set, which goes before the plan, it is \`${reconcile}\`${byHand}
`
}

/** One base URL moves the whole program. */
const alongLines = ({ calls, endpoints }: AlsoThrough): string => {
  if (endpoints.length === 0) return ""
  const told = endpoints.map(({ calls: own, endpoint, through }) => {
    const reasons = Object.keys(through).join(", ") || "unknown product"
    return `\`${endpoint}\` (${count(own)} recorded ${own === 1 ? "call" : "calls"}: ${reasons})`
  })
  return `- [ ] its base URL takes these endpoints along, which the mirror does not serve: ${told.join(", ")}; all ${some(calls, "call")} go through and save nothing, and docs/mirror.md has the reasons
`
}

export const mirrorChecklist = (poller: MirroredPoller): string => {
  const { alsoThrough, calls, endpoint, evidence, integration, mirror, setUp, source, unswept } = poller
  const missing = unswept === null ? [] : [...unswept.notReconciled, ...unswept.begun]
  const once =
    missing.length === 0 ? "" : ` once ${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} reconciled`
  return `# Pointing ${integration} at the mirror: ${endpoint}${source === null ? "" : ` of ${source}`}

${ready(poller)}

| evidence | |
| --- | --- |
| forecast | ${count(mirror.calls)} of ${count(calls)} recorded calls still reach the provider${once} (${percent(mirror.reduction)} fewer) |
| freshness of what is answered | ${mirror.freshnessSeconds === null ? "not known" : `${Math.round(mirror.freshnessSeconds.p50)} s (p50), ${Math.round(mirror.freshnessSeconds.p95)} s (p95)`} |
| requests that came to the mirror | ${evidence === null ? "none yet" : count(evidence.requests)} |
| answered from the state | ${evidence === null ? "none yet" : count(evidence.hits)} |
| compared in the dark | ${evidence === null ? "none yet" : `${count(evidence.right)} right, ${count(evidence.wrong)} wrong`} |

- [ ] \`hookshift doctor\` finds nothing, and \`hookshift subscriptions status\` shows no drift
- [ ] the receiver runs and reconciles what this poller reads; it needs no handler
${setUpLines(setUp)}${unsweptLines(unswept, setUp)}${alongLines(alsoThrough)}- [ ] its key is the source's own, or \`mirror.principals\` names it, since it may see everything
- [ ] \`hookshift mirror --dark\` runs, and the program has the mirror's address as its base URL (or \`hookshift record --through\`)
- [ ] after some polls \`hookshift mirror status\` shows this program with nothing wrong, and this checklist says that it is safe
- [ ] the dark one is stopped, and \`hookshift mirror --verify 1%\` runs in its place
- [ ] a day later \`hookshift mirror status\` shows nothing wrong, and \`/readyz\` of the mirror is 200
- [ ] to go back: the provider's address is the base URL again; the program's cursor stays as it is
`
}
