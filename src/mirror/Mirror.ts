/**
 * The mirror: the provider's API answered from the receiver's state. What it cannot answer surely goes through,
 * unchanged and recorded, and the answer completes the state. Plain TypeScript: each request of the programs waits for
 * it.
 */
import type { Decision, Intermediary, Target } from "../capture/index.js"
import type { EpochMillis } from "../domain/Time.js"
import { hit, jsonOf, saysMore, type WholeAnswer } from "./Answer.js"
import { bodySaysMore } from "./answers/Envelopes.js"
import { answerItem } from "./answers/ItemAnswers.js"
import { answerList, isNewestFirst, type ListAnswering, pollerKey, walkKey } from "./answers/ListAnswers.js"
import { bodyWithOwnLinks, type Linking, withOwnLinks } from "./BodyLinks.js"
import { compareAnswers, isWrong } from "./Compare.js"
import { Flights } from "./Flights.js"
import type { Hydrating } from "./Hydrating.js"
import { withLate } from "./LateItems.js"
import { Learning } from "./Learning.js"
import { apiBases, linksFor, misdirected, nextLink } from "./Links.js"
import type { Principals } from "./Principals.js"
import type { Question, Reason } from "./Question.js"
import { type MirrorRequest, requestReader } from "./Requests.js"
import type { MirroredSource } from "./state/State.js"
import type { Tallied, Tallies } from "./Tallies.js"
import { type Marking, markWrite, takeWriteAnswer, type Write } from "./Writes.js"

export interface MirrorParts extends Omit<ListAnswering, "quiet"> {
  readonly principals: Principals
  readonly hydrating: Hydrating
  readonly tallies: Tallies
  readonly marking: Marking
  /** The source that an upstream is of. */
  readonly sourceOf: (target: Target) => MirroredSource | null
  /** Computes and compares each answer, and serves the provider's. */
  readonly dark: boolean
  /** Share of answers from the state that the provider is asked for as well. */
  readonly verify: number
  readonly now: () => EpochMillis
  readonly random: () => number
  /** An answer from the state was wrong: its type is not trusted before the next sweep. */
  readonly onWrong: (tallied: Tallied, outcome: string) => void
  /** An answer of the provider could not be taken up: it goes to its client as it is. */
  readonly onFailure: (source: string, error: unknown) => void
}

/** Answers of more bytes stream past unseen. */
const mostBytes = 16 * 1024 * 1024

/** An answer from the state, before it goes out. */
interface Computed {
  readonly answer: WholeAnswer
  readonly asOf: EpochMillis
  readonly more: boolean
  readonly late: ReadonlySet<string>
}

export const makeMirror = (parts: MirrorParts): Intermediary => {
  const { hydrating, principals, state, tallies } = parts
  const readRequest = requestReader(principals)
  const learning = new Learning(state, principals, parts.now)
  const listing: ListAnswering = { ...parts, quiet: learning.quiet }
  const flights = new Flights()

  const compute = (question: Question, request: MirrorRequest, now: EpochMillis): Computed | Reason => {
    const { entity, source } = question
    const repeated = learning.repeatedOf(source)
    if (question.kind !== "list") {
      const made =
        question.kind === "item"
          ? answerItem(state, parts.bodies, question, now)
          : question.kind === "told"
            ? learning.told.of(question, now)
            : learning.dependants.of(question, now)
      if (typeof made === "string") return made
      const { asOf } = made
      const body = (request.links === "mirror" ? bodyWithOwnLinks(linkingOf(request), made.body) : null) ?? made.body
      const wholeAsOf = question.kind === "item" ? state.deletedAsOf(source, entity, asOf) : asOf
      // Only answers of one page are kept of dependants.
      return { answer: hit(body, wholeAsOf, now, repeated, null), asOf, more: false, late: new Set() }
    }
    const base = apiBases(request.origin, request.target)[request.links]
    if (!learning.showsAll(question)) return "view"
    const made = answerList(listing, question, request.asker, learning.aroundOf(question, base), now)
    if (typeof made === "string") return made
    const { asOf, body, late, next, wholeAsOf } = made
    const link = next === null || question.rule.pagesInBody !== null ? null : nextLink(base, question, next)
    return { answer: hit(body, wholeAsOf, now, repeated, link), asOf, more: next !== null, late }
  }

  const compared = (question: Question, request: MirrorRequest, mine: Computed, theirs: WholeAnswer): void => {
    const { provider } = request.source
    const type = provider.entities[question.entity]
    if (type === undefined) return
    const now = parts.now()
    const { idField } = question.kind === "told" ? question.rule : type
    const pages = question.kind === "list" || question.kind === "told" ? question.rule.pagesInBody : null
    const page = question.kind === "list" ? question.page : 1
    const outcome = compareAnswers(
      question,
      { status: 200, body: jsonOf(mine.answer), more: mine.more },
      {
        status: theirs.status,
        body: jsonOf(theirs),
        more: saysMore(theirs) || bodySaysMore(pages, page, jsonOf(theirs))
      },
      { idField, updatedAtField: type.updatedAtField },
      mine.asOf,
      now,
      mine.late
    )
    tallies.sample(request.tallied, outcome, now)
    if (parts.dark) tallies.count(request.tallied, isWrong(outcome.outcome) ? "wrong" : "right", "dark", now)
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
      readonly see?: (answer: WholeAnswer) => WholeAnswer | null
      readonly unseen?: () => void
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
            learning.take(request, answer, askedAt)
            const other = look.see?.(answer) ?? null
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

  const passQuestion = async (request: MirrorRequest, question: Question, reason: Reason): Promise<Decision> => {
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
      see: (answer) => {
        const other = parts.dark ? null : withLate(parts, question, request, answer)
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

  const decideQuestion = async (request: MirrorRequest, question: Question): Promise<Decision> => {
    const { principal } = request
    const now = parts.now()
    // Another walk begins: whatever it becomes, its later pages are not those of the one before.
    if (question.kind === "list" && question.page === 1) parts.walks.end(walkKey(request.asker, question))
    if (request.asked.reason !== null) return passQuestion(request, question, request.asked.reason)
    if (principal === null || !principals.isAdmitted(principal, now))
      return passQuestion(request, question, "credential")
    if (!principal.seesAll) return passQuestion(request, question, "principal")
    state.follow(now)
    if (question.kind === "list" && question.view !== null && !learning.views.knows(question.source, question.entity))
      learning.views.learn(question.source, question.rule, await hydrating.views(question.source, question.entity))
    if (question.kind === "list" && question.page === 1)
      await hydrating.complete(question.source, question.entity, question.since)
    const computed = compute(question, request, now)
    if (typeof computed === "string") return passQuestion(request, question, computed)
    const sampled = !parts.dark && !computed.more && !isLaterPage(question) && parts.random() < parts.verify
    if (!parts.dark && !sampled) {
      tallies.count(request.tallied, "hit", "", now)
      return { kind: "answer", answer: computed.answer }
    }
    return pass(request, parts.dark ? "dark" : "verify", "MISS", {
      see: (answer) => {
        compared(question, request, computed, answer)
        return parts.dark ? null : withLate(parts, question, request, answer)
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

const linkingOf = ({ asked, origin, source, target }: MirrorRequest): Linking => ({
  provider: source.provider,
  endpoint: asked.endpoint,
  origin,
  target
})

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
