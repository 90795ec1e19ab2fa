/** The checklist for cutting over one poller, with the evidence so far, as Markdown. Pure. */
import type { ShadowedPoller } from "./PollerComparison.js"
import { endpointAmong, sourceAmong } from "./PollerNames.js"

const words: Readonly<Record<ShadowedPoller["verdict"], string | null>> = {
  safe: "Safe",
  notYet: "Not yet",
  regression: "Regression",
  cutOver: null
}

/** Reasons may be questions. */
const ready = ({ verdict, why }: ShadowedPoller): string => {
  const word = words[verdict]
  const said = word === null ? `${why.charAt(0).toUpperCase()}${why.slice(1)}` : `${word}: ${why}`
  return /[.?!]$/.test(said) ? said : `${said}.`
}

/** `all`: the pollers that it is told apart from. */
export const cutoverChecklist = (poller: ShadowedPoller, all: ReadonlyArray<ShadowedPoller>): string => {
  const source = sourceAmong(poller, all)
  const itself = `hookshift cutover --integration ${poller.integration} --endpoint '${poller.endpoint}'${source === null ? "" : ` --source ${source}`}`
  return `# Cutting over ${poller.integration}: ${endpointAmong(poller, all)} (${poller.entity})

${ready(poller)}

| evidence | |
| --- | --- |
| watched | ${poller.from === null ? "not yet" : `${poller.from} to ${poller.to}`} |
| changes that polling saw | ${poller.changes} |
| brought by a push | ${poller.pushed} |
| that no event covers, by their fields | ${poller.notCovered} |
| lost by pushes | ${poller.lost} |
| recovered by reconciliation, of what no push brought | ${poller.recovered} |
| seen by pushes only | ${poller.onlyPushed} |
| push ahead of poll | ${poller.aheadSeconds === null ? "not known" : `${Math.round(poller.aheadSeconds.p50)} s (p50), ${Math.round(poller.aheadSeconds.p95)} s (p95)`} |

- [ ] \`hookshift doctor\` finds nothing, and \`hookshift subscriptions status\` shows no drift
- [ ] the receiver runs with \`--reconcile\`, and its handler does what the poller's code did
- [ ] \`hookshift inbox list --state dead\` is empty
- [ ] the poller's schedule is switched off; its code and credential stay, to go back within a minute
- [ ] \`${itself} --done\` has written down when
- [ ] \`hookshift shadow\` raises no alarm for a week
- [ ] if it does: switch the schedule on again, then \`${itself} --undo\`
`
}
