/**
 * The live comparison while both paths run: which polled changes the pushes brought, which path was first, and which
 * changes only one of them saw. Tells for each poller whether cutting over is safe, and raises alarms afterwards.
 * Pure.
 */
import { iso } from "../domain/Figures.js"
import { getOrMake } from "../domain/Grouping.js"
import type { ShadowSection } from "../domain/ShadowSection.js"
import type { Cutover, LiveEvidence, PolledStream, PolledVersion } from "../store/index.js"
import { alarmsOf } from "./Alarms.js"
import { arrivalsOf, noArrivals } from "./Arrivals.js"
import { comparePoller, type ShadowedPoller } from "./PollerComparison.js"
import { alarmSentence, cutOverSentence } from "./Sentences.js"
import type { ShadowSettings } from "./Settings.js"
import { subscribedOf, subscriptionTo } from "./SubscribedEvents.js"

export interface ShadowReport extends ShadowSection {
  readonly pollers: ReadonlyArray<ShadowedPoller>
}

export const shadow = (evidence: LiveEvidence, settings: ShadowSettings): ShadowReport => {
  const arrivals = arrivalsOf(evidence.arrived)
  const byStream = new Map<string, Array<PolledVersion>>()
  for (const version of evidence.polled)
    getOrMake(byStream, `${version.stream} ${version.entity}`, () => []).push(version)
  const plans = new Map([...settings.accounts.values()].map((one) => [one.source, subscribedOf(one, evidence)]))
  const alarms = alarmsOf(settings, arrivals, plans).map((alarm) => ({
    source: alarm.source,
    entity: alarm.entity,
    message: alarmSentence(alarm)
  }))
  const pollers: Array<ShadowedPoller> = []
  // Pollers of types without a subscription stay, and do not hold back the overall verdict.
  const migrating: Array<ShadowedPoller> = []
  for (const stream of evidence.streams) {
    // A detail call is compared with the list that it follows from.
    if (stream.intervalMs === null || /\{(?:id|uuid)\}$/.test(stream.endpoint)) continue
    const entities = [...byStream.keys()].flatMap((key) => {
      const [id, entity] = key.split(" ") as [string, string]
      return Number(id) === stream.id ? [entity] : []
    })
    const account = settings.accounts.get(stream.account)
    const source = account?.source ?? null
    const openCutovers = evidence.cutovers.filter((one) => isOf(one, stream, source))
    if (openCutovers.length === 0 && !settings.isPoller(stream)) continue
    const subscribed = account === undefined ? null : plans.get(account.source)!
    for (const entity of entities) {
      const compared = comparePoller(
        { stream, entity, versions: byStream.get(`${stream.id} ${entity}`) ?? [] },
        account === undefined || subscribed === null
          ? null
          : { account, subscribed, arrivals: arrivals.get(account.source) ?? noArrivals },
        settings
      )
      const alarm = alarms.find((one) => one.source === compared.source && one.entity === entity)
      const cutover = openCutovers.find((one) => one.entity === entity)
      const line = withOverride(compared, cutover, alarm?.message)
      pollers.push(line)
      if (subscribed === null || subscriptionTo(subscribed, entity) !== "none") migrating.push(line)
    }
  }
  return {
    at: iso(settings.now),
    confidence: settings.confidence,
    tolerated: settings.tolerated,
    pollers,
    alarms,
    safe: migrating.length > 0 && migrating.every(({ verdict }) => verdict === "safe" || verdict === "cutOver")
  }
}

const isOf = (cutover: Cutover, stream: PolledStream, source: string | null): boolean =>
  cutover.endedAt === null &&
  cutover.source === source &&
  cutover.integration === stream.integration &&
  cutover.endpoint === stream.endpoint &&
  cutover.query === stream.query

/** An alarm overrides a cut-over, and a cut-over the verdict by counts, where there are counts. */
const withOverride = (
  compared: ShadowedPoller,
  cutover: Cutover | undefined,
  alarm: string | undefined
): ShadowedPoller => {
  if (alarm !== undefined) return { ...compared, verdict: "regression", why: alarm, watchSeconds: null }
  if (cutover !== undefined && compared.from !== null)
    return { ...compared, verdict: "cutOver", why: cutOverSentence(cutover.at), watchSeconds: null }
  return compared
}
