/**
 * The faults of a database file: each reason once, its scope, the results of SQLite and the system that mean it, and
 * its sentence. docs/database.md has the same list. Pure.
 */

/** By reason: whether it concerns the whole file, or one row of it while all others can be read and written. */
const concerns = {
  /** There is no file at the path, or one without a byte. */
  missing: "file",
  /** The file is no SQLite database. */
  notADatabase: "file",
  /** The file is another program's database. */
  otherProgram: "file",
  /** A newer hookshift migrated the file. */
  newer: "file",
  /** The file or its folder may not be written to. */
  readOnly: "file",
  /** Another process holds the file's lock for longer than the wait. */
  locked: "file",
  /** There is no room left on the disk. */
  full: "file",
  /** The file cannot be opened, read or written for another reason. */
  io: "file",
  /** Another receiver owns the inbox. */
  owned: "file",
  /** The file that was opened is no longer at its path. */
  moved: "file",
  /** A page of the file is damaged; data in other pages can be read. */
  damaged: "row",
  /** A body was sealed with a key that is not at hand. */
  key: "row",
  /** A row cannot be read or written for another reason. */
  row: "row"
} as const

export type StoreFailure = keyof typeof concerns

export const storeFailures = Object.keys(concerns) as ReadonlyArray<StoreFailure>

/** A database that cannot serve; `message` is a sentence with the remedy. */
export class StoreError extends Error {
  readonly _tag = "StoreError"
  constructor(
    readonly reason: StoreFailure,
    message: string
  ) {
    super(message)
    this.name = "StoreError"
  }
}

interface Cause {
  readonly reason: StoreFailure
  /** Codes of SQLite, extended ones included, and of the system. */
  readonly codes: ReadonlyArray<string>
  readonly message: (file: string, code: string) => string
}

const causes: ReadonlyArray<Cause> = [
  {
    reason: "notADatabase",
    codes: ["SQLITE_NOTADB"],
    message: (file) => `${file} is no hookshift database: name another file with --db`
  },
  {
    reason: "damaged",
    codes: ["SQLITE_CORRUPT"],
    message: (file) =>
      `a page of ${file} is damaged: run hookshift db check, and go back to a backup where it finds something`
  },
  {
    reason: "readOnly",
    codes: ["SQLITE_READONLY", "SQLITE_PERM", "EACCES", "EPERM", "EROFS"],
    message: (file) => `${file} cannot be written to: check its permissions and those of its folder`
  },
  {
    reason: "locked",
    codes: ["SQLITE_BUSY", "SQLITE_LOCKED"],
    message: (file) => `${file} is locked by another program: close it, then run again`
  },
  {
    reason: "full",
    codes: ["SQLITE_FULL", "ENOSPC"],
    message: (file) => `there is no room left on the disk of ${file}: free some, then run again`
  },
  {
    reason: "io",
    codes: ["SQLITE_CANTOPEN", "ENOENT", "ENOTDIR"],
    message: (file) => `${file} cannot be opened: check that its folder exists and can be written to`
  },
  {
    reason: "io",
    codes: ["SQLITE_IOERR", "SQLITE_NOMEM", "SQLITE_INTERRUPT", "SQLITE_PROTOCOL"],
    message: (file, code) => `${file} cannot be used (${code}): check the disk`
  }
]

/** Of an error of SQLite or the system; empty for any other. */
export const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error ? String(error.code) : ""

/** SQLite extends a code at its end: `SQLITE_BUSY_SNAPSHOT`, `SQLITE_CORRUPT_VTAB`. */
const causeOf = (code: string): Cause | undefined =>
  causes.find(({ codes }) => codes.some((one) => code === one || code.startsWith(`${one}_`)))

/** An error of SQLite or the system, in words that a user can act on. */
export const explain = (error: unknown, file: string): StoreError => {
  if (error instanceof StoreError) return error
  const code = codeOf(error)
  // The driver looks for the folder itself, and gives no code.
  const cause = causeOf(/directory does not exist/.test(String(error)) ? "ENOENT" : code)
  return cause === undefined
    ? new StoreError("io", `${file} cannot be used (${code === "" ? "unknown error" : code}): check the disk`)
    : new StoreError(cause.reason, cause.message(file, code))
}

/**
 * Whether only the row at hand cannot be read or written: its value does not fit, its body cannot be opened, its page
 * is damaged. Results that are not listed above are of this kind: a constraint, a type, a size.
 */
export const isRowFailure = (error: unknown): boolean => {
  const reason = error instanceof StoreError ? error.reason : causeOf(codeOf(error))?.reason
  return reason === undefined || concerns[reason] === "row"
}

/** A page of the file is damaged. */
export const isDamage = (error: unknown): boolean => causeOf(codeOf(error))?.reason === "damaged"

/**
 * Why a row failed, in words without its contents: an error's own message may quote the body. The inbox's thread sends
 * its reason as a `StoreError`, whose words stay.
 */
export const rowFailureOf = (error: unknown): string => {
  if (error instanceof StoreError && (error.reason === "row" || error.reason === "damaged")) return error.message
  if (isDamage(error)) return "it lies in a damaged page of the database: run hookshift db check"
  return error instanceof StoreError || codeOf(error).startsWith("ERR_CRYPTO")
    ? "its body cannot be opened: it was sealed with another key, or is damaged"
    : `it cannot be read (${codeOf(error) || (error instanceof Error ? error.name : "Error")})`
}
