/**
 * The mirror: the provider's API answered from the receiver's state. What it cannot answer surely goes through,
 * unchanged and recorded, and the answer completes the state. Plain TypeScript: each request of the programs waits for
 * it.
 */
import type { IncomingMessage } from "node:http"
import { type Decision, type Intermediary, type Look, productToken, type Target } from "../capture/index.js"
import { inferTemplate } from "../domain/Endpoint.js"
import { isRecord } from "../domain/Json.js"
import type { EpochMillis } from "../domain/Time.js"
import { firstRepeated, hit, jsonOf, type Repeated, repeatedOf, saysMore, type WholeAnswer } from "./Answer.js"
import { type Asked, askerOf } from "./Ask.js"
import { type Asker, answerList, type ListAnswering, lateRows, pollerKey, walkKey } from "./answers/ListAnswers.js"
import { answerItem, DependantAnswers } from "./answers/SingleAnswers.js"
import { compareAnswers, isWrong } from "./Compare.js"
import type { Hydrating } from "./Hydrating.js"
import type { Principal, Principals } from "./Principals.js"
import type { ListQuestion, Question, Reason } from "./Question.js"
import type { MirroredSource } from "./state/State.js"
import type { Tallied, Tallies } from "./Tallies.js"
import { type Marking, markWrite, takeWriteAnswer, type Write } from "./Writes.js"

export interface MirrorParts extends ListAnswering {
  readonly principals: Principals
  readonly hydrating: Hydrating
  readonly tallies: Tallies
  readonly marking: Marking
  /** The source that an upstream is of. */
  readonly sourceOf: (target: Target) => MirroredSource | null
  /** What clients call the mirror, for links to further pages. */
  readonly origin: () => string
  /** Computes and compares each answer, and serves the provider's. */
  readonly dark: boolean
  /** Share of answers from the state that the provider is asked for as well. */
  readonly verify: number
  readonly now: () => EpochMillis
  readonly random: () => number
  /** An answer from the state was wrong: its type is not trusted before the next sweep. */
  readonly onWrong: (tallied: Tallied, outcome: string) => void
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

interface Request {
  readonly message: IncomingMessage
  readonly target: Target
  readonly source: MirroredSource
  readonly asked: Asked
  readonly principal: Principal | null
  readonly asker: Asker
  readonly tallied: Tallied
}

export const makeMirror = (parts: MirrorParts): Intermediary => {
  const { hydrating, principals, state, tallies } = parts
  const askers = new Map<string, ReturnType<typeof askerOf>>()
  const repeated = new Map<string, Repeated>()
  const dependants = new DependantAnswers(state)
  const flights = new Map<string, Promise<WholeAnswer | null>>()

  const readRequest = (message: IncomingMessage, target: Target, source: MirroredSource): Request => {
    let ask = askers.get(source.name)
    if (ask === undefined) {
      ask = askerOf(source.name, source.provider)
      askers.set(source.name, ask)
    }
    const method = message.method ?? "GET"
    const path = belowBase(target)
    const asked = ask({ method, target: path, headers: message.headers })
    const principal = principals.of(source.name, message.headers.authorization)
    const integration = productToken(message.headers["user-agent"] ?? null)
    const template = asked.endpoint?.template ?? inferTemplate(path.split("?")[0] ?? "/")
    return {
      message,
      target,
      source,
      asked,
      principal,
      asker: { fingerprint: principal?.fingerprint ?? "", integration },
      tallied: { source: source.name, integration, endpoint: `${method} ${template}` }
    }
  }

  const compute = (question: Question, request: Request, now: EpochMillis): Computed | Reason => {
    const known = repeated.get(question.source) ?? firstRepeated
    if (question.kind === "list") {
      const late = question.since === null ? [] : lateIds(question, request)
      const made = answerList(parts, question, request.asker, now)
      if (typeof made === "string") return made
      const link = made.next === null ? null : nextLink(parts.origin(), request.target, question, made.next)
      return {
        answer: hit(made.body, made.asOf, now, known, link),
        asOf: made.asOf,
        more: made.next !== null,
        late: new Set(late)
      }
    }
    if (question.kind === "item") {
      const made = answerItem(state, parts.bodies, question, now)
      if (typeof made === "string") return made
      return { answer: hit(made.body, made.asOf, now, known, null), asOf: made.asOf, more: false, late: new Set() }
    }
    const made = dependants.of(question, now)
    if (typeof made === "string") return made
    // Their links lead on by page: only whole answers of one page are kept.
    return { answer: hit(made.body, made.asOf, now, known, null), asOf: made.asOf, more: false, late: new Set() }
  }

  const lateIds = (question: ListQuestion, { asker }: Request): ReadonlyArray<string> => {
    const type = state.of(question.source, question.entity)
    return type === null ? [] : lateRows(parts, question, asker, type).map(({ id }) => id)
  }

  /** The provider has answered: who asked gets in, and the state learns. */
  const take = (request: Request, answer: WholeAnswer, askedAt: EpochMillis): void => {
    const { asked, principal, source } = request
    const now = parts.now()
    repeated.set(source.name, repeatedOf(answer, repeated.get(source.name) ?? firstRepeated))
    if (principal === null) return
    // Pages without a key, such as a portal's, answer 200 to anyone: they prove nothing.
    if (asked.endpoint !== null || answer.status >= 400) principals.takeAnswer(principal, answer.status, now)
    const { question } = asked
    if (!principal.seesAll || question === null) return
    // Gone, archived, or not there yet: it is asked for again before a list is answered.
    if (answer.status === 404 && question.kind === "item") {
      const type = state.of(source.name, question.entity)
      if (type?.rows.get(question.id)?.hidden === false) type.mark(question.id, { at: now, stamp: null })
    }
    if (answer.status !== 200) return
    if (question.kind === "dependants") {
      if (!saysMore(answer) && !/[?&]page=/.test(request.target.path)) dependants.keep(question, answer, askedAt)
      return
    }
    const body = jsonOf(answer)
    const { itemsAt } = question.endpoint
    const inner = itemsAt === undefined || !isRecord(body) ? body : body[itemsAt]
    const items = question.kind === "item" ? [inner] : Array.isArray(inner) ? inner : []
    state.takeRead(source.name, question.entity, items, askedAt, question.kind)
    const type = state.of(source.name, question.entity)
    const usual = question.kind === "list" && question.order[0] === question.rule.order.by[0]
    if (usual && question.rule.order.direction === (question.direction === 1 ? "asc" : "desc"))
      type?.takeOrder(items.filter(isRecord))
  }

  const compared = (question: Question, request: Request, mine: Computed, theirs: WholeAnswer): void => {
    const { provider } = request.source
    const type = provider.entities[question.entity]
    if (type === undefined) return
    const now = parts.now()
    const outcome = compareAnswers(
      question,
      { status: 200, body: jsonOf(mine.answer), more: mine.more },
      { status: theirs.status, body: jsonOf(theirs), more: saysMore(theirs) },
      type,
      mine.asOf,
      now,
      mine.late
    )
    tallies.sample(request.tallied, outcome, now)
    if (parts.dark) tallies.count(request.tallied, isWrong(outcome.outcome) ? "wrong" : "right", "dark", now)
    if (!isWrong(outcome.outcome)) return
    const distrusted = state.of(request.source.name, question.entity)
    if (distrusted !== null) distrusted.distrustedUntil = now
    parts.onWrong(request.tallied, outcome.outcome)
  }

  /** Adds to an answer that went through what came late for this poller: its cursor is past it. */
  const withLate = (question: Question, request: Request, answer: WholeAnswer): WholeAnswer | null => {
    if (parts.dark || question.kind !== "list" || question.since === null || question.page !== 1) return null
    if (answer.status !== 200 || request.principal?.seesAll !== true) return null
    const type = state.of(question.source, question.entity)
    if (type === null) return null
    const end = type.arrivals.end
    const rows = lateRows(parts, question, request.asker, type)
    if (rows.length === 0) return null
    const texts = rows.map((row) =>
      type.isWhole(row) ? parts.bodies.of(question.source, question.entity, type, row, "list") : null
    )
    const body = jsonOf(answer)
    const { itemsAt } = question.endpoint
    const inner = itemsAt === undefined || !isRecord(body) ? body : body[itemsAt]
    if (!Array.isArray(inner) || texts.includes(null)) return null
    const items = JSON.stringify(inner).slice(1, -1)
    const list = `[${[items, ...texts].filter((part) => part !== "" && part !== null).join(",")}]`
    const whole = itemsAt === undefined ? list : JSON.stringify({ ...(body as object), [itemsAt]: JSON.parse(list) })
    parts.cursors.answer(pollerKey(request.asker, question), end)
    const {
      "content-encoding": _,
      "content-length": __,
      "transfer-encoding": ___,
      connection: ____,
      ...headers
    } = answer.headers
    return { status: 200, headers, body: Buffer.from(whole, "utf8") }
  }

  /** Goes through; the answer is looked at before the client has it. */
  const pass = (
    request: Request,
    reason: Reason,
    cache: "MISS" | "BYPASS",
    look: {
      readonly see?: (answer: WholeAnswer) => WholeAnswer | null
      readonly unseen?: () => void
    } = {}
  ): Decision => {
    const askedAt = parts.now()
    tallies.count(request.tallied, cache === "MISS" ? "miss" : "bypass", reason, askedAt)
    const watched: Look = {
      mostBytes,
      see: async (answer) => {
        const seen = look.see?.(answer) ?? null
        take(request, answer, askedAt)
        return seen
      },
      unseen: () => look.unseen?.()
    }
    return { kind: "pass", headers: { "x-cache": cache, "x-hookshift-reason": reason }, look: watched }
  }

  const passQuestion = async (request: Request, question: Question, reason: Reason): Promise<Decision> => {
    // Without a credential it is not known whether two requests are of one caller: a cookie may tell them apart.
    const mayShare = request.principal !== null && reason !== "headers"
    const key = `${request.asker.fingerprint} ${question.source} ${question.key} ${String(request.message.headers["accept-encoding"] ?? "")}`
    const flight = mayShare ? flights.get(key) : undefined
    if (flight !== undefined) {
      const answer = await flight
      if (answer !== null) {
        tallies.count(request.tallied, "hit", "", parts.now())
        return { kind: "answer", answer: shared(answer) }
      }
    }
    let settle: (answer: WholeAnswer | null) => void = () => {}
    const made = new Promise<WholeAnswer | null>((resolve) => {
      settle = resolve
    })
    if (mayShare) flights.set(key, made)
    const end = (answer: WholeAnswer | null): void => {
      if (flights.get(key) === made) flights.delete(key)
      settle(answer)
    }
    return pass(request, reason, "MISS", {
      see: (answer) => {
        const other = withLate(question, request, answer)
        end(other ?? answer)
        return other
      },
      unseen: () => end(null)
    })
  }

  const passWrite = (request: Request): Decision => {
    const { asked, message, source, target } = request
    const write: Write = {
      source: source.name,
      provider: source.provider,
      method: message.method ?? "POST",
      path: belowBase(target).split("?")[0] ?? "/",
      endpoint: asked.endpoint,
      subject: asked.subject
    }
    markWrite(parts.marking, write, parts.now())
    const written = (answer: WholeAnswer | null): null => {
      // A request that began before the write does not show it to one that comes behind it.
      flights.clear()
      takeWriteAnswer(parts.marking, write, answer, parts.now())
      return null
    }
    return pass(request, "method", "BYPASS", { see: written, unseen: () => written(null) })
  }

  const decideQuestion = async (request: Request, question: Question): Promise<Decision> => {
    const { principal } = request
    const now = parts.now()
    // Another walk begins: whatever it becomes, its later pages are not those of the one before.
    if (question.kind === "list" && question.page === 1) parts.walks.end(walkKey(request.asker, question))
    if (request.asked.reason !== null) return passQuestion(request, question, request.asked.reason)
    if (principal === null || !principals.isAdmitted(principal, now))
      return passQuestion(request, question, "credential")
    if (!principal.seesAll) return passQuestion(request, question, "principal")
    state.follow()
    const type = state.of(question.source, question.entity)
    if (question.kind === "list" && question.page === 1 && type !== null && type.partial.size > 0)
      await hydrating.complete(question.source, question.entity)
    const computed = compute(question, request, now)
    if (typeof computed === "string") return passQuestion(request, question, computed)
    const sampled = !parts.dark && !computed.more && !isLaterPage(question) && parts.random() < parts.verify
    if (!parts.dark && !sampled) {
      tallies.count(request.tallied, "hit", "", now)
      return { kind: "answer", answer: computed.answer }
    }
    return pass(request, "dark", "MISS", {
      see: (answer) => {
        compared(question, request, computed, answer)
        return withLate(question, request, answer)
      }
    })
  }

  return {
    decide: async (message, target) => {
      const source = parts.sourceOf(target)
      if (source === null) return { kind: "pass", headers: { "x-cache": "BYPASS" }, look: null }
      const request = readRequest(message, target, source)
      const { asked } = request
      if (asked.question !== null) return decideQuestion(request, asked.question)
      if (asked.reason === "method" && !/^(?:GET|HEAD|OPTIONS)$/.test(message.method ?? "")) return passWrite(request)
      return pass(request, asked.reason ?? "endpoint", "BYPASS")
    }
  }
}

const isLaterPage = (question: Question): boolean => question.kind === "list" && question.page > 1

/** The answer that another request of the same caller was given at the same moment. */
const shared = ({ body, headers, status }: WholeAnswer): WholeAnswer => {
  const { "content-length": _, "transfer-encoding": __, connection: ___, ...kept } = headers
  return { status, headers: { ...kept, "x-cache": "MISS", "x-hookshift-reason": "in-flight" }, body }
}

/** The next page at the mirror's own address. */
const nextLink = (origin: string, { upstream }: Target, { path, query }: ListQuestion, page: number): string => {
  const next = new URLSearchParams(query)
  next.set("page", String(page))
  return `<${origin}${upstream.path ?? ""}${path}?${next}>; rel="next"`
}

/** Path and query below the account's base URL. */
const belowBase = ({ path, upstream }: Target): string => {
  const base = upstream.url.pathname.replace(/\/$/, "")
  return base !== "" && path.startsWith(`${base}/`) ? path.slice(base.length) : path
}
