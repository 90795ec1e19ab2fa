/** Tells a failure that is one row's own from a failure of the whole file. Pure. */
import { codeOf, StoreError, type StoreFailure } from "./Database.js"

/** SQLite's results that say that nothing can be read or written now, whichever row it is. */
const ofTheFile = [
  "SQLITE_BUSY",
  "SQLITE_LOCKED",
  "SQLITE_FULL",
  "SQLITE_IOERR",
  "SQLITE_READONLY",
  "SQLITE_PERM",
  "SQLITE_CANTOPEN",
  "SQLITE_NOTADB",
  "SQLITE_NOMEM",
  "SQLITE_INTERRUPT",
  "SQLITE_PROTOCOL"
]

/** The store's own results that are about one row; another owner, or a file that was moved, is about all of them. */
const ofARow: ReadonlyArray<StoreFailure> = ["row", "key", "damaged"]

/**
 * Whether the row at hand is why this failed, so that others can be read and written: its value does not fit, its body cannot be
 * opened, its page is damaged.
 */
export const isRowFailure = (error: unknown): boolean => {
  if (error instanceof StoreError) return ofARow.includes(error.reason)
  const code = codeOf(error)
  return !ofTheFile.some((one) => code.startsWith(one))
}

/** A page of the file is damaged. */
export const isDamage = (error: unknown): boolean => codeOf(error).startsWith("SQLITE_CORRUPT")

/**
 * Why a row failed, in words that hold nothing of it: an error's own message may quote the body. The inbox's thread tells its reason as
 * a `StoreError`, whose words stay.
 */
export const rowFailureOf = (error: unknown): string => {
  if (error instanceof StoreError && (error.reason === "row" || error.reason === "damaged")) return error.message
  if (isDamage(error)) return "it lies in a damaged page of the database: run hookshift db check"
  return error instanceof StoreError || codeOf(error).startsWith("ERR_CRYPTO")
    ? "its body cannot be opened: it was sealed with another key, or is damaged"
    : `it cannot be read (${codeOf(error) || (error instanceof Error ? error.name : "Error")})`
}
