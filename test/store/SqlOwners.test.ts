import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { everyFile, root } from "../support/files.js"

/** The store owns the recording (store/recording), the inbox (store/inbox), subscriptions, cut-overs and runs. */
const owners = ["src/store/"]

const sql =
  /\bSELECT\s+[\w*(]|\bINSERT\s+(?:OR\s+\w+\s+)?INTO\b|\bUPDATE\s+\w+\s+SET\b|\bDELETE\s+FROM\b|\b(?:CREATE|ALTER|DROP)\s+(?:TEMP\s+)?(?:TABLE|INDEX)\b|\bPRAGMA\s+\w|\bVACUUM\b|\.(?:prepare|pragma)\(/

const sources = everyFile(join(root, "src"))
  .map(({ file, text }) => ({ file: file.slice(file.indexOf("src/")), text }))
  .filter(({ file }) => file.endsWith(".ts"))

describe("SQL", () => {
  it("stands in the folders that own it, and nowhere else in src", () => {
    const found = sources.filter(({ text }) => sql.test(text))
    expect(found.length).toBeGreaterThan(10)
    expect(found.map(({ file }) => file).filter((file) => !owners.some((owner) => file.startsWith(owner)))).toEqual([])
  })

  it("that writes a recording is written once for each table", () => {
    const tables = ["recorder", "stream", "call", "item_version", "item_state", "body", "call_body", "other_host"]
    const imports = ["imported", "import_file", "imported_call"]
    const inserts = sources
      .filter(({ file }) => !file.startsWith("src/store/migrations/"))
      .flatMap(({ file, text }) => [...text.matchAll(/INSERT INTO (\w+) /g)].map(([, table]) => `${table} ${file}`))
    for (const table of [...tables, ...imports])
      expect(inserts.filter((insert) => insert.startsWith(`${table} `))).toEqual([
        `${table} src/store/recording/RecordingStatements.ts`
      ])
  })
})
