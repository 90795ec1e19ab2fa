/**
 * Which records a call wrote, or a bulk job's answer tells of. Of ids only salted hashes are kept: they are compared with
 * each other, so that a record that is sent again is known again.
 */
import { createHash } from "node:crypto"
import { isRecord } from "../../domain/Json.js"

/** The answer that tells how a bulk request went (FRESHWORKS.md, "Bulk"). */
export const isJob = (template: string): boolean => /\/jobs\/\{\w+\}$/.test(template)

const isBulk = (template: string): boolean => /\/bulk(?:_|\/|$)/.test(template)

export interface JobOutcome {
  readonly failed: ReadonlyArray<string>
  readonly succeeded: ReadonlyArray<string>
  /** More than `failed` has where a record has no id. */
  readonly failedCount: number
}

type Json = Record<string, unknown>

const idOf = (record: Json): string | null => {
  const id = record["id"] ?? record["display_id"] ?? record["email"]
  return typeof id === "number" || typeof id === "string" ? String(id) : null
}

/** `null` where the answer tells of no record. */
export const jobOutcome = (body: unknown): JobOutcome | null => {
  if (!isRecord(body) || !Array.isArray(body["data"])) return null
  const told = body["data"].filter(
    (record): record is Json => isRecord(record) && typeof record["success"] === "boolean"
  )
  if (told.length === 0) return null
  const failed = told.filter((record) => record["success"] === false)
  const idsOf = (records: ReadonlyArray<Json>) => records.map(idOf).filter((id) => id !== null)
  return {
    failed: idsOf(failed),
    succeeded: idsOf(told.filter((record) => record["success"] === true)),
    failedCount: failed.length
  }
}

/** The ids in a bulk request's body: `{"bulk_action":{"ids":[…]}}`, or a list of records. Empty where there are none. */
export const bulkIds = (template: string, body: unknown): ReadonlyArray<string> => {
  if (!isBulk(template) || !isRecord(body)) return []
  const lists = [body, ...Object.values(body).filter(isRecord)].flatMap((part) => Object.values(part))
  return lists
    .filter((list): list is ReadonlyArray<unknown> => Array.isArray(list))
    .flatMap((list) =>
      list.flatMap((one) =>
        typeof one === "number" || typeof one === "string" ? [String(one)] : isRecord(one) ? (idOf(one) ?? []) : []
      )
    )
}

/** Of ids as text; `null` of none. */
export const recordHashes = (ids: ReadonlyArray<string>, salt: string): string | null =>
  ids.length === 0
    ? null
    : ids
        .map((id) => createHash("sha256").update(salt).update("\0record\0").update(id).digest("hex").slice(0, 12))
        .join(" ")
