/** Answers that went through, with what came late for the poller that asked: its cursor is past it. */
import { jsonOf, listedIn, type WholeAnswer, withListed } from "./Answer.js"
import { type ListAnswering, lateRows, listedText, pollerKey } from "./answers/ListAnswers.js"
import type { Question } from "./Question.js"
import type { MirrorRequest } from "./Requests.js"
import type { Fields } from "./state/Shape.js"

/** `null`: nothing came late, or not all of it can be shown; then it joins another answer. */
export const withLate = (
  parts: Pick<ListAnswering, "state" | "bodies" | "embeds" | "cursors">,
  question: Question,
  request: MirrorRequest,
  answer: WholeAnswer,
  /** Whether the caller may be shown these. */
  mayShow: (items: ReadonlyArray<Fields>) => boolean
): WholeAnswer | null => {
  if (question.kind !== "list" || question.since === null || question.page !== 1) return null
  if (answer.status !== 200 || !mayShow([])) return null
  const type = parts.state.of(question.source, question.entity)
  if (type === null) return null
  const { end } = type.arrivals
  const rows = lateRows(parts, question, request.asker, type)
  if (rows.length === 0) return null
  const texts = rows.map((row) => (type.isWhole(row) ? listedText(parts, question, type, row) : null))
  const body = jsonOf(answer)
  const listed = listedIn(question, body)
  if (listed === null || !texts.every((text) => typeof text === "string")) return null
  const late = texts.map((text) => JSON.parse(text) as Fields)
  if (!mayShow(late)) return null
  parts.cursors.answer(pollerKey(request.asker, question), question.since, end)
  const { "content-encoding": _, ...headers } = answer.headers
  return {
    status: 200,
    headers,
    body: Buffer.from(JSON.stringify(withListed(question, body, [...listed, ...late])), "utf8")
  }
}
