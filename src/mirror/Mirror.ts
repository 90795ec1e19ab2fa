/**
 * The mirror: the provider's API answered from the receiver's state. What it cannot answer surely goes through,
 * unchanged and recorded, and the answer completes the state. Plain TypeScript: each request of the programs waits for
 * it.
 */
import type { Decision, Intermediary, Target } from "../capture/index.js"
import type { EpochMillis } from "../domain/Time.js"
import type { WholeAnswer } from "./Answer.js"
import { hasMore } from "./answers/Envelopes.js"
import { isNewestFirst, type ListAnswering, pollerKey, walkKey } from "./answers/ListAnswers.js"
import { linkingOf, withOwnLinks } from "./BodyLinks.js"
import { isWrong } from "./Compare.js"
import { type Computed, comparedWith } from "./ComparedAnswers.js"
import { makeComplete } from "./Computing.js"
import { Flights } from "./Flights.js"
import type { Hydrating } from "./Hydrating.js"
import { withLate } from "./LateItems.js"
import { Learning } from "./Learning.js"
import { linksFor, misdirected } from "./Links.js"
import type { Principals } from "./Principals.js"
import type { ListQuestion, Question, Reason } from "./Question.js"
import { type MirrorRequest, requestReader } from "./Requests.js"
import { SearchAnswers } from "./search/SearchAnswers.js"
import type { Sights } from "./sight/Sights.js"
import type { Fields } from "./state/Shape.js"
import type { MirroredSource } from "./state/State.js"
import type { Tallied, Tallies } from "./Tallies.js"
import { type Marking, markWrite, takeWriteAnswer, type Write } from "./Writes.js"

export interface MirrorParts extends Omit<ListAnswering, "quiet"> {
  readonly principals: Principals
  readonly sights: Sights
  readonly hydrating: Hydrating
  readonly tallies: Tallies
  readonly marking: Marking
  /** Names a caller by its key; `null` where its `User-Agent` does. */
  readonly integrationOf?: ((secret: string) => string | null) | undefined
  /** The source that an upstream is of. */
  readonly sourceOf: (target: Target) => MirroredSource | null
  /** Computes and compares each answer, and serves the provider's. */
  readonly dark: boolean
  /** Share of answers from the state that the provider is asked for as well. */
  readonly verify: number
  readonly now: () => EpochMillis
  readonly random: () => number
  /** Called with what is to be done once another mirror has answered meanwhile. */
  readonly onRegained?: (forget: () => void) => void
  /** An answer from the state was wrong: its type is not trusted before the next sweep. */
  readonly onWrong: (tallied: Tallied, outcome: string) => void
  /** An answer of the provider could not be taken up: it goes to its client as it is. */
  readonly onFailure: (source: string, error: unknown) => void
}

/** Answers of more bytes stream past unseen. */
const mostBytes = 16 * 1024 * 1024

export const makeMirror = (parts: MirrorParts): Intermediary => {
  const { hydrating, principals, sights, state, tallies } = parts
  const readRequest = requestReader(principals, parts.integrationOf)
  const searches = new SearchAnswers(state, parts.bodies, hydrating, parts.now)
  const learning = new Learning(state, principals, parts.embeds, searches, parts.now)
  const listing: ListAnswering = { ...parts, quiet: learning.quiet }
  const computing = { hydrating, learning, searches, now: parts.now }
  const completed = makeComplete(computing, listing)
  /** Of answers that are compared only: nothing is read for them, and how their reader reads does not matter. */
  const completedApart = makeComplete({ ...computing, hydrating: null }, { ...listing, readsWholePages: () => true })
  const flights = new Flights()
  parts.onRegained?.(() => {
    learning.forgetAnswers()
    parts.walks.forget()
  })

  const compared = (question: Question, request: MirrorRequest, mine: Computed, theirs: WholeAnswer): void => {
    const now = parts.now()
    const outcome = comparedWith(parts, question, request.source.provider, mine, theirs, now)
    if (outcome === null) return
    tallies.sample(request.tallied, outcome, now)
    // An answer of another kind (refused, gone, out of order) shows nothing that the state's could be held against.
    if (parts.dark && outcome.outcome !== "status")
      tallies.count(request.tallied, isWrong(outcome.outcome) ? "wrong" : "right", "dark", now)
    if (!isWrong(outcome.outcome)) return
    state.distrust(request.source.name, question.entity, now)
    parts.onWrong(request.tallied, outcome.outcome)
  }

  /** Goes through; the answer is looked at before the client has it. */
  const pass = (
    request: MirrorRequest,
    reason: Reason,
    cache: "MISS" | "BYPASS",
    look: {
      readonly see?: (answer: WholeAnswer) => Promise<WholeAnswer | null> | WholeAnswer | null
      readonly unseen?: () => void
      /** Whether the state is completed by it. */
      readonly teaches?: boolean
    } = {}
  ): Decision => {
    const askedAt = parts.now()
    tallies.count(request.tallied, cache === "MISS" ? "miss" : "bypass", reason, askedAt)
    return {
      kind: "pass",
      headers: { "x-cache": cache, "x-hookshift-reason": reason },
      look: {
        mostBytes,
        see: async (answer) => {
          try {
            if (look.teaches !== false || answer.status !== 200) learning.take(request, answer, askedAt)
            sights.takeRefusal(request, answer.status)
            const other = (await look.see?.(answer)) ?? null
            return withLinks(request, other ?? answer) ?? other
          } catch (error) {
            // Who waits for it is let go.
            look.unseen?.()
            parts.onFailure(request.source.name, error)
            return null
          }
        },
        unseen: () => look.unseen?.()
      },
      keepsLinks: request.links === "provider"
    }
  }

  const readPage = ({ asker }: MirrorRequest, question: ListQuestion, more: boolean): void =>
    parts.wholeReaders.take(walkKey(asker, question), question.page, more)

  /** The credential has passed just now: the walk that begins with this answer need not go through as well. */
  const beginWalk = async (question: Question, request: MirrorRequest): Promise<WholeAnswer | null> => {
    const { principal } = request
    const now = parts.now()
    if (question.kind !== "list" || question.page !== 1) return null
    if (parts.dark || principal?.seesAll !== true || !principals.isAdmitted(principal, now)) return null
    const computed = await completed(question, request)
    if (typeof computed === "string") return null
    computed.keep()
    if (!computed.more) return null
    const { "x-cache": _, ...headers } = computed.answer.headers
    return { ...computed.answer, headers }
  }

  const late = (request: MirrorRequest, question: Question, answer: WholeAnswer): WholeAnswer | null => {
    const mayShow = (items: ReadonlyArray<Fields>): boolean =>
      request.principal?.seesAll === true || sights.mayShow(request, question, items)
    return parts.dark ? null : withLate(parts, question, request, answer, mayShow)
  }

  const passQuestion = async (
    request: MirrorRequest,
    question: Question,
    reason: Reason,
    compare: (answer: WholeAnswer) => void = () => undefined
  ): Promise<Decision> => {
    const { asker, links, message, origin } = request
    const coding = String(message.headers["accept-encoding"] ?? "")
    // Without a credential it is not known whether two requests are of one caller: a cookie may tell them apart.
    const shares = request.principal !== null && reason !== "headers"
    const key = [asker.fingerprint, question.source, question.key, links, origin, coding].join(" ")
    const flight = shares ? flights.of(key) : null
    const flown = flight === null ? null : await flight
    if (flown !== null) {
      tallies.count(request.tallied, "hit", "", parts.now())
      return { kind: "answer", answer: alreadyOnItsWay(withLinks(request, flown) ?? flown) }
    }
    const type = state.of(question.source, question.entity)
    if (question.kind === "list" && question.page === 1 && isNewestFirst(question) && type !== null)
      learning.quiet.asks(request, pollerKey(asker, question), type.arrivals)
    const end = shares ? flights.begin(key) : () => undefined
    return pass(request, reason, "MISS", {
      see: async (answer) => {
        const { status } = answer
        const more = status !== 200 || hasMore(question, answer)
        const walk = reason === "credential" && status === 200 && more ? await beginWalk(question, request) : null
        if (question.kind === "list") readPage(request, question, more)
        compare(answer)
        const other = walk ?? late(request, question, answer)
        end(other ?? answer)
        return other
      },
      unseen: () => end(null)
    })
  }

  const passWrite = (request: MirrorRequest): Decision => {
    const { asked, message, path, source } = request
    const write: Write = {
      source: source.name,
      provider: source.provider,
      method: message.method ?? "POST",
      path,
      endpoint: asked.endpoint,
      subject: asked.subject
    }
    markWrite(parts.marking, write, parts.now())
    learning.told.takeWrite(source, asked.endpoint, asked.subject, parts.now())
    const written = (answer: WholeAnswer | null): null => {
      flights.forgetAll()
      takeWriteAnswer(parts.marking, write, answer, parts.now())
      learning.told.takeWrite(source, asked.endpoint, asked.subject, parts.now())
      return null
    }
    return pass(request, "method", "BYPASS", { see: written, unseen: () => written(null) })
  }

  const serve = (request: MirrorRequest, question: Question, { answer, keep, more }: Computed): Decision => {
    keep()
    if (question.kind === "list") readPage(request, question, more)
    tallies.count(request.tallied, "hit", "", parts.now())
    return { kind: "answer", answer }
  }

  /** A caller that no setting names: its answers are compared, and it is answered with what it was shown to see. */
  const decideSampled = async (request: MirrorRequest, question: Question): Promise<Decision> => {
    // Later pages move while a walk is read: only first ones are compared.
    if (!sights.looksAt(request) || isLaterPage(question)) return passQuestion(request, question, "principal")
    const askedAt = parts.now()
    const given = !parts.dark && sights.isShown(request, question) ? await completed(question, request) : "principal"
    const isAnswer = typeof given !== "string"
    const reason = isAnswer ? sights.ruling(request, question, given, parts.random()) : given
    if (isAnswer && reason === null) return serve(request, question, given)
    const isCompared = isAnswer || given === "principal" || given === "newest-first"
    const mine = isAnswer || !isCompared ? given : await completedApart(question, request)
    if (typeof mine === "string") return passQuestion(request, question, reason ?? "principal")
    return passQuestion(request, question, reason ?? "principal", (answer) => {
      const type = state.of(question.source, question.entity)
      const outcome = sights.take(request, question, mine, answer, askedAt)
      if (outcome === "equal" && type !== null)
        learning.quiet.answered(request, askedAt, type.arrivals.end, type.arrivals)
    })
  }

  const decideQuestion = async (request: MirrorRequest, question: Question): Promise<Decision> => {
    const { principal } = request
    const now = parts.now()
    // Another walk begins: whatever it becomes, its later pages are not those of the one before.
    if (question.kind === "list" && question.page === 1) parts.walks.end(walkKey(request.asker, question))
    if (request.asked.reason !== null) return passQuestion(request, question, request.asked.reason)
    if (principal === null || !principals.isAdmitted(principal, now))
      return passQuestion(request, question, "credential")
    if (!principal.seesAll) return decideSampled(request, question)
    const computed = await completed(question, request)
    if (typeof computed === "string") return passQuestion(request, question, computed)
    const sampled = !parts.dark && !computed.more && !isLaterPage(question) && parts.random() < parts.verify
    if (!parts.dark && !sampled) return serve(request, question, computed)
    computed.keep()
    return pass(request, parts.dark ? "dark" : "verify", "MISS", {
      // An answer from the state would have taught nothing.
      teaches: !parts.dark,
      see: (answer) => {
        if (question.kind === "list") readPage(request, question, answer.status !== 200 || hasMore(question, answer))
        compared(question, request, computed, answer)
        return late(request, question, answer)
      }
    })
  }

  return {
    decide: async (message, target, arrival) => {
      const source = parts.sourceOf(target)
      if (source === null) return { kind: "pass", headers: { "x-cache": "BYPASS" }, look: null }
      const links = linksFor(message, target)
      if (links === null) return { kind: "answer", answer: misdirected(target) }
      const request = readRequest(message, target, arrival, source, links)
      const { asked } = request
      if (asked.question !== null) {
        try {
          return await decideQuestion(request, asked.question)
        } catch (error) {
          parts.onFailure(source.name, error)
          return pass(request, "failure", "MISS")
        }
      }
      if (asked.reason === "method" && !/^(?:GET|HEAD|OPTIONS)$/.test(message.method ?? "")) return passWrite(request)
      return pass(request, asked.reason ?? "endpoint", "BYPASS")
    }
  }
}

/** For a program that asks the mirror's address; `null` where nothing is to be changed. */
const withLinks = (request: MirrorRequest, answer: WholeAnswer): WholeAnswer | null =>
  request.links === "mirror" ? withOwnLinks(linkingOf(request), answer) : null

const isLaterPage = (question: Question): boolean => question.kind === "list" && question.page > 1

/** The answer that another request of the same caller was given at the same moment. */
const alreadyOnItsWay = ({ body, headers, status }: WholeAnswer): WholeAnswer => ({
  status,
  headers: { ...headers, "x-cache": "MISS", "x-hookshift-reason": "in-flight" },
  body
})
