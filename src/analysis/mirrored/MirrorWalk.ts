/**
 * A walk over the recorded requests of an account in the order of time, as if a mirror had been asked: which of them
 * reach the provider, why, and what the mirror reads by itself meanwhile (docs/plan.md). Pure; milliseconds.
 */
import type { MirrorQuestion, MirrorRule, MirrorRuling } from "../../domain/MirrorRule.js"
import { endOf, type Recording, type StreamRecording } from "../../domain/Recording.js"
import type { EpochMillis } from "../../domain/Time.js"
import { answerBoundMs, listsChanges, readableAfterMs, readingOf } from "../../policy/index.js"
import type { Provider } from "../../providers/index.js"
import { inTimeOrder } from "../detection/TimeOrder.js"
import { type KnownType, KnownTypes, parentsIn, type ToldChange } from "./KnownTypes.js"
import { rulingsOf } from "./RecordedTargets.js"

/** A list that reconciliation sweeps: when, and how long its last sweep lets the mirror answer. */
export interface MirroredSweeps {
  readonly entity: string
  readonly at: ReadonlyArray<EpochMillis>
  readonly longestMs: number
}

export interface WalkedAccount {
  /** The account's streams. */
  readonly recording: Pick<Recording, "streams" | "names">
  readonly provider: Provider
  readonly rule: MirrorRule
  /** In the order of their arrival. */
  readonly told: ReadonlyArray<ToldChange>
  /** Of each type that is reconciled. */
  readonly sweeps: ReadonlyArray<MirroredSweeps>
}

/** One recorded request: `reason` is `null` where the state answers it; `lacking`: types that it needs reconciled. */
export type OnRequest = (
  stream: StreamRecording,
  row: number,
  reason: string | null,
  lacking: ReadonlyArray<string>
) => void

/** The calls that the mirror makes by itself. */
export const walkRequests = (account: WalkedAccount, onRequest: OnRequest): number => {
  const { recording, rule } = account
  const ask = rule.of(account.provider.product)
  const streams = recording.streams.map((stream) => ({ stream, rulingOf: rulingsOf(stream, recording, ask) }))
  const mirror = new WalkedMirror(account)
  for (const { index, row } of inTimeOrder(recording.streams)) {
    const { rulingOf, stream } = streams[index]!
    const ruling = rulingOf(row)
    onRequest(stream, row, mirror.ask(stream, row, ruling), mirror.lackedBy(ruling))
  }
  return mirror.reads
}

class WalkedMirror {
  /** Calls that it made by itself. */
  reads = 0
  private readonly types: KnownTypes
  private readonly sweeps: ReadonlyMap<string, MirroredSweeps>
  private readonly swept: Array<{ readonly entity: string; readonly at: EpochMillis }>
  private nextTold = 0
  private nextSwept = 0
  /** By credential: until when it counts. */
  private readonly admitted = new Map<string, EpochMillis>()
  /** By stream: whether the first page of its walk was answered from the state. */
  private readonly walks = new Map<number, boolean>()

  constructor(private readonly account: WalkedAccount) {
    this.types = new KnownTypes(account.recording.names, parentsIn(account.recording))
    this.sweeps = new Map(account.sweeps.map((one) => [one.entity, one]))
    this.swept = account.sweeps
      .flatMap(({ at, entity }) => at.map((moment) => ({ entity, at: moment })))
      .sort((a, b) => a.at - b.at)
  }

  ask(stream: StreamRecording, row: number, ruling: MirrorRuling): string | null {
    const at = stream.calls.startedAt[row]!
    this.advance(at)
    const reason = this.reasonFor(stream, row, ruling, at)
    if (reason !== null) this.takeAnswer(stream, row, ruling, at)
    return reason
  }

  /** Types that are not reconciled, of a request that could else be answered. */
  lackedBy({ question, reason }: MirrorRuling): ReadonlyArray<string> {
    if (question === null || reason !== null) return []
    return [question.entity, ...question.embeds].filter((entity) => !this.sweeps.has(entity))
  }

  /** Takes the pushes and sweeps up to a moment. */
  private advance(at: EpochMillis): void {
    const { told } = this.account
    for (;;) {
      const [change, sweep] = [told[this.nextTold], this.swept[this.nextSwept]]
      const changeAt = change?.at ?? Number.POSITIVE_INFINITY
      const sweepAt = sweep?.at ?? Number.POSITIVE_INFINITY
      if (Math.min(changeAt, sweepAt) > at) return
      if (changeAt <= sweepAt) {
        this.types.take(change!)
        this.nextTold += 1
      } else {
        this.types.of(sweep!.entity).takeSweep(sweepAt - readableAfterMs)
        this.nextSwept += 1
      }
    }
  }

  private reasonFor(
    stream: StreamRecording,
    row: number,
    { question, reason }: MirrorRuling,
    at: EpochMillis
  ): string | null {
    if (question === null) return reason
    const { id } = stream.stream
    const isFirst = question.kind === "list" && question.page === 1
    if (isFirst) this.walks.set(id, false)
    if ((this.admitted.get(askerOf(stream)) ?? 0) <= at) return "credential"
    const type = this.types.of(question.entity)
    if (isFirst) this.read(question.entity, type, at, question.embedsOwn ? question.since : null)
    if (!this.sweeps.has(question.entity)) return "never-swept"
    if (reason !== null) return reason
    if (question.embeds.some((entity) => !this.sweeps.has(entity))) return "never-swept"
    // Which parts a page shows is not recorded: one that shows any has those read that are known in part.
    if (isFirst && stream.calls.items[row]! > 0)
      for (const entity of question.embeds) {
        const part = this.types.of(entity)
        this.read(entity, part, at)
        if (part.partial.size > 0) return "incomplete"
      }
    const open = this.openReason(stream, row, question, type, at)
    if (isFirst) this.walks.set(id, open === null)
    return open
  }

  /** The reason why the state cannot answer; `null` where it can. */
  private openReason(
    { calls, stream }: StreamRecording,
    row: number,
    question: MirrorQuestion,
    type: KnownType,
    at: EpochMillis
  ): string | null {
    if (question.kind === "item") return type.readSingly.has(question.id!) ? null : "shape"
    if (question.kind === "dependants") {
      const askedAt = type.dependants.get(question.id!)?.get(question.key)
      if (askedAt === undefined) return "unknown"
      return at - (askedAt - readableAfterMs) > answerBoundMs(this.sweeps.get(question.entity)!.longestMs)
        ? "stale"
        : null
    }
    if (question.page > 1) return this.walks.get(stream.id) === true ? null : "walk"
    if (type.partial.size > 0 || (question.embedsOwn && type.withoutParts(question.since!).length > 0))
      return "incomplete"
    const items = calls.items[row]!
    if (items >= question.perPage && !question.orderKnown && !type.isOrderSeen) return "order"
    return items !== 0 && !type.listShown ? "shape" : null
  }

  /** Entities that pushes told in part are read before a list is answered. */
  private read(entity: string, type: KnownType, at: EpochMillis, partsSince: EpochMillis | null = null): void {
    const without = partsSince === null ? [] : type.withoutParts(partsSince)
    const told = [...type.told(), ...without.filter(({ id }) => !type.partial.has(id))]
    if (told.length === 0) return
    const { listFrom, singles, tooMany } = readingOf(told, at, listsChanges(this.account.provider, entity))
    if (listFrom !== null) {
      this.reads += 1
      type.listShown = true
      type.takeList(listFrom)
    }
    // The parts that one list embeds are read with all that is read of the type.
    if (partsSince !== null) type.embeds = true
    if (type.embeds && listFrom !== null) type.takeParts(listFrom, [], at)
    if (tooMany) return
    this.reads += singles.length
    for (const { id } of singles) type.takeItem(id)
    if (type.embeds)
      type.takeParts(
        null,
        singles.map(({ id }) => id),
        at
      )
  }

  /** The provider has answered: who may ask, and what there is, is known from it. */
  private takeAnswer(stream: StreamRecording, row: number, ruling: MirrorRuling, at: EpochMillis): void {
    const { calls } = stream
    const status = calls.status[row]!
    const { catalogued, question } = ruling
    const asker = askerOf(stream)
    if (status === 401 || status === 403) this.admitted.delete(asker)
    // With fewer calls those that were refused for their number pass.
    else if (catalogued && ((status >= 200 && status <= 299) || status === 429))
      this.admitted.set(asker, endOf(calls, row) + this.account.rule.recheckMs)
    if (question === null || status !== 200) return
    const type = this.types.of(question.entity)
    const items = calls.items[row]!
    if (question.kind === "item") {
      type.readSingly.add(question.id!)
      type.takeItem(calls.subject[row]!)
    } else if (question.kind === "list") {
      type.listShown ||= items !== 0
      if (question.showsOrder) type.takeOrder(items)
      type.takeList(question.since)
      if (question.embedsOwn) type.takeParts(question.since, [], at)
      // Pages of dependants are of one moment only where there is one.
    } else if (calls.page[row]! < 0) type.keepDependants(question.id!, question.key, at)
  }
}

/** An import may lack the credential, which the request had: a request without one is refused. */
const askerOf = ({ stream: { integration, principal } }: StreamRecording): string =>
  principal ?? `without ${integration}`
