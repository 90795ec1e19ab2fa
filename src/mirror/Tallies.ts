/** How requests were answered, by integration and endpoint: counted in memory, written down now and then. */
import { iso } from "../domain/Figures.js"
import type { MirrorSample, MirrorTally } from "../store/index.js"
import type { Compared } from "./Compare.js"
import type { Reason } from "./Question.js"

export type TalliedOutcome = "hit" | "miss" | "bypass" | "right" | "wrong"

export interface Tallied {
  readonly source: string
  readonly integration: string
  readonly endpoint: string
}

/** Told of each request as it is counted. */
export type OnCount = (of: Tallied, outcome: TalliedOutcome, reason: Reason | "", now: number) => void

/** Clients name themselves: more names than this are one. */
const mostIntegrations = 1_000
const otherIntegrations = "(others)"
/** In place of a program and its endpoint: no client can name itself so. */
const ownCalls = "(mirror)"

export class Tallies {
  private readonly counts = new Map<string, { tally: MirrorTally; count: number }>()
  private readonly integrations = new Set<string>()
  private samples: Array<MirrorSample> = []
  /** Since the start. */
  readonly totals: Record<TalliedOutcome, number> = { hit: 0, miss: 0, bypass: 0, right: 0, wrong: 0 }
  readonly byReason = new Map<string, number>()
  readonly compared = new Map<string, number>()

  constructor(private readonly onCount: OnCount = () => undefined) {}

  count(of: Tallied, outcome: TalliedOutcome, reason: Reason | "", now: number): void {
    this.onCount(of, outcome, reason, now)
    this.totals[outcome] += 1
    if (outcome === "miss" || outcome === "bypass") this.byReason.set(reason, (this.byReason.get(reason) ?? 0) + 1)
    this.add({ ...this.bounded(of), day: iso(now).slice(0, 10), outcome, reason })
  }

  private add(tally: Omit<MirrorTally, "count">): void {
    const { outcome, reason } = tally
    const key = JSON.stringify([tally.day, tally.source, tally.integration, tally.endpoint, outcome, reason])
    const known = this.counts.get(key)
    if (known === undefined) this.counts.set(key, { tally: { ...tally, count: 0 }, count: 1 })
    else known.count += 1
  }

  /** A call of the mirror's own. */
  countOwn(source: string, now: number): void {
    this.add({
      source,
      integration: ownCalls,
      endpoint: ownCalls,
      day: iso(now).slice(0, 10),
      outcome: "own",
      reason: ""
    })
  }

  sample(of: Tallied, { behindMs, outcome }: Compared, now: number): void {
    this.compared.set(outcome, (this.compared.get(outcome) ?? 0) + 1)
    this.samples.push({ ...this.bounded(of), at: now, outcome, behindMs: Math.round(behindMs) })
  }

  /** Counts since the last call. */
  take(): { readonly tallies: ReadonlyArray<MirrorTally>; readonly samples: ReadonlyArray<MirrorSample> } {
    const tallies = [...this.counts.values()].map(({ count, tally }) => ({ ...tally, count }))
    const { samples } = this
    this.counts.clear()
    this.samples = []
    return { tallies, samples }
  }

  private bounded({ endpoint, integration, source }: Tallied): Tallied {
    if (!this.integrations.has(integration)) {
      if (this.integrations.size >= mostIntegrations) return { endpoint, integration: otherIntegrations, source }
      this.integrations.add(integration)
    }
    return { endpoint, integration, source }
  }
}
