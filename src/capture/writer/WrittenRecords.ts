/**
 * The records that a call wrote, or that a bulk job's answer reports on. Only salted hashes of their ids are kept: a
 * record that is sent again has the same hash.
 */
import { createHash } from "node:crypto"
import { isRecord } from "../../domain/Json.js"

/** The path of a bulk request's outcome (FRESHWORKS.md, "Bulk"). */
export const isJob = (template: string): boolean => /\/jobs\/\{\w+\}$/.test(template)

const isBulk = (template: string): boolean => /\/bulk(?:_|\/|$)/.test(template)

export interface JobOutcome {
  readonly failed: ReadonlyArray<string>
  readonly succeeded: ReadonlyArray<string>
  /** Exceeds the length of `failed` where a failed record has no id. */
  readonly failedCount: number
}

type Json = Record<string, unknown>

const idOf = (record: Json): string | null => {
  const id = record["id"] ?? record["display_id"] ?? record["email"]
  return typeof id === "number" || typeof id === "string" ? String(id) : null
}

/** `null` where the answer reports on no record. */
export const jobOutcome = (body: unknown): JobOutcome | null => {
  if (!isRecord(body) || !Array.isArray(body["data"])) return null
  const reported = body["data"].filter(
    (record): record is Json => isRecord(record) && typeof record["success"] === "boolean"
  )
  if (reported.length === 0) return null
  const failed = reported.filter((record) => record["success"] === false)
  const idsOf = (records: ReadonlyArray<Json>) => records.map(idOf).filter((id) => id !== null)
  return {
    failed: idsOf(failed),
    succeeded: idsOf(reported.filter((record) => record["success"] === true)),
    failedCount: failed.length
  }
}

/** The ids in a bulk request's body: `{"bulk_action":{"ids":[…]}}`, or a list of records. Empty for other requests. */
export const bulkIds = (template: string, body: unknown): ReadonlyArray<string> => {
  if (!isBulk(template) || !isRecord(body)) return []
  const lists = [body, ...Object.values(body).filter(isRecord)].flatMap((part) => Object.values(part))
  return lists
    .filter((list): list is ReadonlyArray<unknown> => Array.isArray(list))
    .flatMap((list) =>
      list.flatMap((entry) =>
        typeof entry === "number" || typeof entry === "string"
          ? [String(entry)]
          : isRecord(entry)
            ? (idOf(entry) ?? [])
            : []
      )
    )
}

/** Joined by spaces; `null` when there are no ids. */
export const recordHashes = (ids: ReadonlyArray<string>, salt: string): string | null =>
  ids.length === 0
    ? null
    : ids
        .map((id) => createHash("sha256").update(salt).update("\0record\0").update(id).digest("hex").slice(0, 12))
        .join(" ")
