/** Where sealed bodies are (receiver/inbox/SealedBodies.ts): a database that has some is worth nothing without their key. */
import { type Database, openDatabase } from "./Database.js"

/** Columns with bodies, the columns that name a row, and a value below all of these. */
export const sealedTables = [
  { table: "delivery", columns: ["body", "before", "after", "undo"], keys: ["id"], start: [0] },
  { table: "entity_state", columns: ["snapshot"], keys: ["id"], start: [0] },
  { table: "own_write", columns: ["fields"], keys: ["source", "entity", "entity_id"], start: ["", "", ""] }
] as const

export const holdsBodies = (database: Database): boolean =>
  sealedTables.some(({ table }) => database.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() !== undefined)

export const fileHoldsBodies = (file: string): boolean => {
  const database = openDatabase(file, { mustExist: true })
  try {
    return holdsBodies(database)
  } finally {
    database.close()
  }
}
