/**
 * Holds a history against itself: every change seen or explained, nothing acknowledged that is not on the disk, each event's
 * effect once, an entity's events in order, no more tries and calls than allowed, counts that add up. It knows nothing of
 * who wrote the history. Pure.
 */
import type { Counts, History, HistoryLine, LineOf } from "../../domain/History.js"
import { fetchTries } from "../../policy/index.js"
import { checkEntities } from "./Entities.js"
import type { Violation } from "./Violation.js"

interface Push {
  tries: number
  done: boolean
}

export const checkHistory = (history: History): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = []
  const [begin] = history
  const wrong = (rule: Violation["rule"], message: string, line: number | null): void => {
    violations.push({ rule, message, line })
  }
  if (begin?.k !== "begin") return [{ rule: "shape", message: "a history begins with a line of kind begin", line: 1 }]

  const stored = new Map<
    string,
    { readonly updatedAt: number | null; applied: number; handed: number; aside: boolean }
  >()
  const pushes = new Map<string, Push>()
  const fetches = new Map<string, { count: number; last: number | null }>()
  const calls = new Map<number, number>()
  const counted = { stored: 0, duplicates: 0, attempts: 0, applied: 0, pollingCalls: 0, webhookCalls: 0 }
  let startedIn = -1
  let calledSince = true
  let ended: Counts | null = null

  const onAnswered = ({ key, ok, push }: LineOf<"answered">, line: number): void => {
    if (ok && !stored.has(key))
      wrong("acknowledged", `push ${push} was acknowledged before ${key} was on the disk`, line)
    const known = pushes.get(push)
    if (known !== undefined && ok) known.done = true
  }
  const onAttempt = (attempt: LineOf<"attempt">, line: number): void => {
    counted.attempts += 1
    const known = pushes.get(attempt.push) ?? { tries: 0, done: false }
    pushes.set(attempt.push, known)
    known.tries += 1
    if (known.done) wrong("tries", `push ${attempt.push} was tried again after it was acknowledged`, line)
    if (begin.retries !== null && known.tries > begin.retries + 1)
      wrong("tries", `push ${attempt.push} was tried ${known.tries} times: ${begin.retries + 1} are allowed`, line)
  }
  const onFetched = ({ key, updatedAt }: LineOf<"fetched">, line: number): void => {
    const known = fetches.get(key) ?? { count: 0, last: null }
    fetches.set(key, known)
    known.count += 1
    const wanted = stored.get(key)?.updatedAt ?? null
    if (known.count > fetchTries) wrong("fetches", `${key} was fetched for ${known.count} times`, line)
    else if (known.count > 1 && (wanted === null || known.last === null || known.last >= wanted))
      wrong("fetches", `${key} was fetched for again, although the first answer was new enough`, line)
    known.last = updatedAt
  }
  const onCall = (call: LineOf<"call">, line: number): void => {
    if (call.path === "polling") {
      counted.pollingCalls += 1
      return
    }
    counted.webhookCalls += 1
    if (begin.limit === null) return
    const period = Math.floor(call.t / begin.limit.periodMs)
    const count = (calls.get(period) ?? 0) + 1
    const isFirst = startedIn === period && !calledSince
    calledSince = true
    // A process that has just started learns what was called before it by its first call.
    if (isFirst && call.status === 429) return
    calls.set(period, count)
    if (count === begin.limit.calls + 1)
      wrong("limit", `more than ${begin.limit.calls} calls in one period, by ${call.who}`, line)
  }

  const read = (one: HistoryLine, line: number): void => {
    switch (one.k) {
      case "attempt":
        return onAttempt(one, line)
      case "stored":
        counted.stored += 1
        if (stored.has(one.key)) wrong("once", `${one.key} was stored twice`, line)
        stored.set(one.key, { updatedAt: one.updatedAt, applied: 0, handed: 0, aside: false })
        return
      case "duplicate":
        counted.duplicates += 1
        if (!stored.has(one.key)) wrong("duplicate", `${one.key} was taken for a duplicate of something else`, line)
        return
      case "answered":
        return onAnswered(one, line)
      case "fetched":
        return onFetched(one, line)
      case "receiver":
        // What was asked for before is asked for again by the process that comes.
        if (one.is === "up") {
          fetches.clear()
          startedIn = begin.limit === null ? -1 : Math.floor(one.t / begin.limit.periodMs)
          calledSince = false
        }
        return
      case "applied": {
        counted.applied += 1
        const known = stored.get(one.key)
        if (known === undefined) wrong("once", `${one.key} moved the state and was never stored`, line)
        else if (++known.applied > 1) wrong("once", `${one.key} moved the state ${known.applied} times`, line)
        return
      }
      case "handed": {
        const known = stored.get(one.key)
        if (known === undefined || known.applied === 0)
          wrong("once", `${one.key} was handed over before it moved the state`, line)
        if (known !== undefined) known.handed += 1
        return
      }
      case "setAside": {
        const known = stored.get(one.key)
        if (known !== undefined) known.aside = true
        return
      }
      case "call":
        return onCall(one, line)
      case "end":
        ended = one
        return
      default:
        return
    }
  }
  for (const [index, one] of history.entries()) read(one, index + 1)

  if (begin.settled) {
    for (const [key, { applied, aside, handed }] of stored) {
      if (aside) continue
      if (applied === 0) wrong("lost", `${key} was acknowledged and never moved the state`, null)
      else if (handed === 0) wrong("lost", `${key} was acknowledged and never handed over`, null)
    }
  }
  for (const { message, line, rule } of checkEntities(begin, history)) wrong(rule, message, line)
  if (ended === null) wrong("shape", "the history has no line of kind end: it was cut off", null)
  else
    for (const [name, count] of Object.entries(counted)) {
      const said = (ended as Counts)[name as keyof Counts]
      if (said !== count) wrong("counts", `the end says ${said} ${name}, the lines are ${count}`, null)
    }
  return violations
}
