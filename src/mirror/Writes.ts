/**
 * Writes through the mirror. What was written to is read from the provider until an answer shows it as it is: before
 * the write goes out the entity is marked, on disk, so that a mirror that dies meanwhile forgets nothing.
 */
import { templatePattern } from "../domain/Endpoint.js"
import { isRecord } from "../domain/Json.js"
import { type EpochMillis, parseTimestamp } from "../domain/Time.js"
import type { CatalogueEndpoint, Provider } from "../providers/index.js"
import { jsonOf, type WholeAnswer } from "./Answer.js"
import type { State } from "./state/State.js"

export interface Write {
  readonly source: string
  readonly provider: Provider
  readonly method: string
  /** Path without its query. */
  readonly path: string
  readonly endpoint: CatalogueEndpoint | null
  readonly subject: string | null
}

/** A bulk job goes on behind its answer. */
const jobLastsMs = 300_000

export interface Marking {
  readonly state: State
  /** On disk when it returns. */
  readonly note: (source: string, entity: string, entityId: string, at: number) => void
}

/** Before the write goes out. */
export const markWrite = (marking: Marking, write: Write, now: number): void => {
  const target = targetOf(write)
  if (target === null) return
  if (target.id !== null) mark(marking, write.source, target.entity, target.id, now, null)
  // Which others it is about is in its body, which is not read.
  if (target.id === null && write.method !== "POST") distrust(marking, write.source, target.entity, now)
  if (target.more) distrust(marking, write.source, target.entity, now)
}

/** Once the provider has answered; `null` where its answer was not seen: the write may have been made. */
export const takeWriteAnswer = (marking: Marking, write: Write, answer: WholeAnswer | null, now: number): void => {
  const target = targetOf(write)
  if (target === null) return
  const { source } = write
  if (answer === null) {
    if (target.id === null) distrust(marking, source, target.entity, now)
    return
  }
  if (answer.status < 200 || answer.status > 299) return
  if (target.id !== null) {
    // It may have been made just before the answer, and after another reading.
    mark(marking, source, target.entity, target.id, now, stampIn(write, target.entity, answer))
    if (write.method === "DELETE" && !target.more) marking.state.of(source, target.entity)?.takeDeletion(target.id, now)
    return
  }
  const id = createdId(write, answer)
  if (id === null || target.more) distrust(marking, source, target.entity, now)
  else mark(marking, source, target.entity, id, now, stampIn(write, target.entity, answer))
}

const mark = (
  { note, state }: Marking,
  source: string,
  entity: string,
  id: string,
  at: EpochMillis,
  stamp: EpochMillis | null
): void => {
  const type = state.of(source, entity)
  if (type === null) return
  // In memory first: it holds also where the disk takes no note.
  type.mark(id, { at, stamp })
  note(source, entity, id, at)
}

const distrust = ({ state }: Marking, source: string, entity: string, now: number): void =>
  state.distrust(source, entity, now + jobLastsMs)

/** The entity that a write is about. `more`: others may be changed as well. */
const targetOf = ({
  endpoint,
  path,
  provider,
  subject
}: Write): { readonly entity: string; readonly id: string | null; readonly more: boolean } | null => {
  if (endpoint?.kind === "write" && endpoint.entity !== null) {
    const parent = provider.entities[endpoint.entity]?.parent
    // A reply changes its ticket, in whose path it is.
    if (parent !== undefined && !isOfCollection(provider, endpoint))
      return { entity: parent.entity, id: subject, more: false }
    return { entity: endpoint.entity, id: subject, more: /bulk/.test(path) }
  }
  // Not in the catalogue: whatever lies beneath a known collection may change its entities.
  const collection = provider.endpoints.find(
    ({ entity, kind, template }) =>
      kind === "list" && entity !== null && templatePattern(template).test(startOf(path, template))
  )
  if (collection === undefined || collection.entity === null) return null
  return { entity: collection.entity, id: subject, more: true }
}

/** As many segments of a path as a template has. */
const startOf = (path: string, template: string): string =>
  path.split("/").slice(0, template.split("/").length).join("/")

/** Whether a write is to the type's own collection, or to one of its entities. */
const isOfCollection = (provider: Provider, { entity, template }: CatalogueEndpoint): boolean =>
  provider.endpoints.some(
    (other) =>
      ["item", "list"].includes(other.kind) &&
      other.entity === entity &&
      [other.template, other.template.replace(/\/\{\w+\}$/, "")].includes(template)
  )

/** The entity that a write answers with, bare or under its name. */
const answered = (entity: string, answer: WholeAnswer): Readonly<Record<string, unknown>> => {
  const body = jsonOf(answer)
  if (!isRecord(body)) return {}
  const inner = body[entity]
  return isRecord(inner) ? inner : body
}

const createdId = ({ endpoint, provider }: Write, answer: WholeAnswer): string | null => {
  if (endpoint?.entity == null) return null
  const id = answered(endpoint.entity, answer)[provider.entities[endpoint.entity]?.idField ?? "id"]
  return typeof id === "number" || typeof id === "string" ? String(id) : null
}

/** The stamp of the written entity; a reply's answer has its own, which says nothing of its ticket. */
const stampIn = ({ endpoint, provider }: Write, entity: string, answer: WholeAnswer): EpochMillis | null =>
  endpoint?.entity === entity
    ? parseTimestamp(answered(entity, answer)[provider.entities[entity]?.updatedAtField ?? "updated_at"])
    : null
