/**
 * The columns with sealed bodies (receiver/inbox/SealedBodies.ts). A database that has some is useless without their
 * key.
 */
import { type Database, openDatabase } from "./Database.js"

/** By table: columns with bodies, the columns of the primary key, and a value below all keys. */
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
