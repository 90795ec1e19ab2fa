import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { explain, isDamage, isRowFailure, StoreError, storeFailures } from "../../src/store/index.js"
import { root } from "../support/files.js"

const withCode = (code: string): Error => Object.assign(new Error("its own words"), { code })

describe("a fault of the database", () => {
  it("has one reason for each result of SQLite and the system, extended results included", () => {
    const reasons = Object.fromEntries(
      [
        ["SQLITE_NOTADB"],
        ["SQLITE_CORRUPT", "SQLITE_CORRUPT_VTAB", "SQLITE_CORRUPT_INDEX"],
        ["SQLITE_READONLY", "SQLITE_READONLY_DBMOVED", "SQLITE_PERM", "EACCES", "EPERM", "EROFS"],
        ["SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_LOCKED", "SQLITE_LOCKED_SHAREDCACHE"],
        ["SQLITE_FULL", "ENOSPC"],
        ["SQLITE_CANTOPEN", "SQLITE_CANTOPEN_ISDIR", "ENOENT", "ENOTDIR", "SQLITE_IOERR_READ", "SQLITE_NOMEM", "EIO"]
      ].map((codes) => [codes[0], [...new Set(codes.map((code) => explain(withCode(code), "h.db").reason))]])
    )
    expect(reasons).toEqual({
      SQLITE_NOTADB: ["notADatabase"],
      SQLITE_CORRUPT: ["damaged"],
      SQLITE_READONLY: ["readOnly"],
      SQLITE_BUSY: ["locked"],
      SQLITE_FULL: ["full"],
      SQLITE_CANTOPEN: ["io"]
    })
  })

  it("is told in a sentence that names the file and says what to do, and never in SQLite's own words", () => {
    for (const code of ["SQLITE_NOTADB", "SQLITE_FULL", "SQLITE_IOERR_WRITE", "ENOENT", "WHATEVER", ""])
      expect(explain(withCode(code), "h.db").message).toMatch(/h\.db.*: /)
    expect(explain(withCode("SQLITE_IOERR_WRITE"), "h.db").message).toBe(
      "h.db cannot be used (SQLITE_IOERR_WRITE): check the disk"
    )
    expect(explain(new Error("x"), "h.db").message).toBe("h.db cannot be used (unknown error): check the disk")
    const known = new StoreError("owned", "as it is")
    expect(explain(known, "h.db")).toBe(known)
  })

  it("is a row's own where others can be read and written", () => {
    const ofTheFile = ["SQLITE_BUSY", "SQLITE_LOCKED_SHAREDCACHE", "SQLITE_FULL", "SQLITE_IOERR_FSYNC", "SQLITE_NOMEM"]
    for (const code of ofTheFile) expect([code, isRowFailure(withCode(code))]).toEqual([code, false])
    for (const code of ["SQLITE_CORRUPT_VTAB", "SQLITE_CONSTRAINT_CHECK", "SQLITE_TOOBIG", "ERR_CRYPTO_X", ""])
      expect([code, isRowFailure(withCode(code))]).toEqual([code, true])
    expect(storeFailures.filter((reason) => isRowFailure(new StoreError(reason, "x")))).toEqual([
      "damaged",
      "key",
      "row"
    ])
    expect([isDamage(withCode("SQLITE_CORRUPT_VTAB")), isDamage(withCode("SQLITE_FULL"))]).toEqual([true, false])
  })

  it("stands in docs/database.md, with whom it concerns", () => {
    const rows = [...readFileSync(join(root, "docs/database.md"), "utf8").matchAll(/^\| `(\w+)` +\| (file|row) /gm)]
    expect(rows.map(([, reason, concerns]) => [reason, concerns])).toEqual(
      storeFailures.map((reason) => [reason, isRowFailure(new StoreError(reason, "x")) ? "row" : "file"])
    )
  })
})
