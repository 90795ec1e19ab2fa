/** Recorded calls as the requests that a mirror would be asked, and what it makes of each. Pure. */
import { iso } from "../../domain/Figures.js"
import { getOrMake } from "../../domain/Grouping.js"
import type { MirrorRule, MirrorRuling } from "../../domain/MirrorRule.js"
import type { Recording, StreamRecording } from "../../domain/Recording.js"

/** In place of a value that the recording does not keep. */
const unknown = "?"
const someUuid = "00000000-0000-4000-8000-000000000000"

/** A moving time: the recorded one, where it was understood. */
const momentText = (since: number): string => (Number.isNaN(since) ? unknown : iso(since))

/**
 * Path and query of a recorded call: what moves is filled in, any id stands for all, what is not kept stays unknown.
 */
export const targetOf = (
  { query, template }: Pick<StreamRecording["stream"], "query" | "template">,
  page: number,
  since: number
): string => {
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => (name === "uuid" ? someUuid : "1"))
  const search = new URLSearchParams()
  for (const part of query === "" ? [] : query.split("&")) {
    const [name = "", value = ""] = part.split("=")
    search.append(name, value === "*" ? momentText(since) : value.startsWith("#") ? unknown : value)
  }
  if (page >= 0) search.append("page", String(page))
  const text = search.toString()
  return text === "" ? path : `${path}?${text}`
}

/**
 * The ruling on each row of a stream; requests of one page and kind of time share theirs but for the id and the time.
 */
export const rulingsOf = (
  { calls, stream }: StreamRecording,
  { names }: Pick<Recording, "names">,
  rule: ReturnType<MirrorRule["of"]>
): ((row: number) => MirrorRuling) => {
  const known = new Map<string, MirrorRuling>()
  const { integration, method } = stream
  return (row) => {
    const [page, since] = [calls.page[row]!, calls.since[row]!]
    const ruling = getOrMake(known, `${page} ${Number.isNaN(since)}`, () =>
      rule({ integration, method, target: targetOf(stream, page, since) })
    )
    const { question } = ruling
    if (question === null || (question.since === null && question.id === null)) return ruling
    if (question.id === null) return { ...ruling, question: { ...question, since } }
    const subject = names[calls.subject[row]!]
    // Which entity is asked for was not kept.
    if (subject === undefined) return { ...ruling, reason: "unknown", question: null }
    return { ...ruling, question: { ...question, id: subject } }
  }
}
