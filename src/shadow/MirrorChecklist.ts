/** The checklist for pointing one poller at the mirror, with the forecast and the evidence so far, as Markdown. Pure. */
import { count, percent } from "../domain/Figures.js"
import type { PollerMirror } from "../domain/MirrorWay.js"

export interface MirroredPoller {
  readonly integration: string
  readonly endpoint: string
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
}

const ready = ({ evidence }: MirroredPoller): string => {
  if (evidence === null) return "Not yet. None of its requests has come to a mirror."
  if (evidence.wrong > 0) return "Not yet. Answers would have been wrong: the mirror's log says how."
  return evidence.right === 0
    ? "Not yet. No answer was compared in the dark."
    : "Ready. All answers that were compared in the dark were right."
}

export const mirrorChecklist = (poller: MirroredPoller): string => {
  const { calls, endpoint, evidence, integration, mirror } = poller
  return `# Pointing ${integration} at the mirror: ${endpoint}

${ready(poller)}

| evidence | |
| --- | --- |
| forecast | ${count(mirror.calls)} of ${count(calls)} recorded calls still reach the provider (${percent(mirror.reduction)} fewer) |
| freshness of what is answered | ${mirror.freshnessSeconds === null ? "not known" : `${Math.round(mirror.freshnessSeconds.p50)} s (p50), ${Math.round(mirror.freshnessSeconds.p95)} s (p95)`} |
| requests that came to the mirror | ${evidence === null ? "none yet" : count(evidence.requests)} |
| answered from the state | ${evidence === null ? "none yet" : count(evidence.hits)} |
| compared in the dark | ${evidence === null ? "none yet" : `${count(evidence.right)} right, ${count(evidence.wrong)} wrong`} |

- [ ] \`hookshift doctor\` finds nothing, and \`hookshift subscriptions status\` shows no drift
- [ ] the receiver runs and reconciles what this poller reads; it needs no handler
- [ ] its key is the source's own, or \`mirror.principals\` names it, since it may see everything
- [ ] \`hookshift mirror --dark\` runs, and the program has the mirror's address as its base URL (or \`hookshift record --through\`)
- [ ] after some polls \`hookshift mirror status\` shows this program with nothing wrong
- [ ] the dark one is stopped, and \`hookshift mirror --verify 1%\` runs in its place
- [ ] a day later \`hookshift mirror status\` shows nothing wrong, and \`/readyz\` of the mirror is 200
- [ ] to go back: the provider's address is the base URL again; the program's cursor stays as it is
`
}
