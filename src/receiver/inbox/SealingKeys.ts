/**
 * Checks that the available keys are those that the database's bodies were sealed with. A database with sealed bodies
 * never gets a new key: its bodies could not be handed over, and no message would say so.
 */
import { type Database, holdsBodies, SealingKeyRows, StoreError } from "../../store/index.js"
import { type InboxKey, type KeyRing, keyFileOf, makeKeyFile, readKeyFile, ringOf } from "./KeyRing.js"
import { makeSeal, marker, prefixOf } from "./SealedBodies.js"

/** Stands for keys from before bodies named their key. */
export const unnamedKey = ""

/**
 * The keys, checked against the database. `readOnly` makes no key and writes nothing: without any body and any key
 * there is none.
 */
export const keysFor = (
  database: Database,
  file: string,
  options: { readonly key: InboxKey | undefined; readonly readOnly: boolean }
): InboxKey & KeyRing => {
  const given = options.key ?? readKeyFile(file)
  if (given === null) {
    if (holdsBodies(database)) throw missing(database, file)
    if (options.readOnly) return { text: "", place: keyFileOf(file), keys: [] }
  }
  const key = given ?? makeKeyFile(file)
  const ring = ringOf(key)
  check(database, file, ring)
  if (!options.readOnly) remember(database, ring)
  return { ...ring, text: key.text }
}

const check = (database: Database, file: string, ring: KeyRing): void => {
  if (!holdsBodies(database)) return
  const lacking = SealingKeyRows.knownKeys(database).filter(
    (id) => !ring.keys.some((key) => key.id === id) && stillSeals(database, id)
  )
  if (lacking.length > 0)
    throw new StoreError(
      "key",
      `${ring.place} is not, or not all of, what ${file} was sealed with (the key ${lacking.join(", ")} is missing): put the right key back, as a further line if both are in use; if it is lost for good, hookshift inbox rekey --give-up-lost goes on without it`
    )
  // From before bodies named their key: a body of the newest or of the oldest has to open.
  if (SealingKeyRows.anyKey(database)) return
  const seal = makeSeal(ring)
  const opens = SealingKeyRows.sampleBodies(database).some((body) => {
    try {
      seal.open(body)
      return true
    } catch {
      return false // reported below, for all of them
    }
  })
  if (!opens)
    throw new StoreError(
      "key",
      `${ring.place} is not the key that ${file} was sealed with: put the right key back; if it is lost for good, hookshift inbox rekey --give-up-lost goes on without it`
    )
}

/** Whether a body of the key is left, or one without a named key. Reads all bodies, and only where a key is missing. */
const stillSeals = (database: Database, id: string): boolean =>
  SealingKeyRows.hasBodyWith(database, prefixOf(id), marker)

const missing = (database: Database, file: string): StoreError => {
  const known = SealingKeyRows.knownKeys(database)
  return new StoreError(
    "key",
    `${file} holds sealed bodies, and its key${known.length === 0 ? "" : ` (${known.join(", ")})`} is not at ${keyFileOf(file)}: put the key file back, or name where the key is by inbox.keyEnv or inbox.keyFile; if it is lost for good, hookshift inbox rekey --give-up-lost goes on without it`
  )
}

/** The available keys are in use, the first for sure; a key that was given up and has returned is no longer lost. */
const remember = (database: Database, { keys }: KeyRing): void => {
  const known = new Set(SealingKeyRows.knownKeys(database))
  const news = (known.size === 0 ? keys : keys.slice(0, 1)).filter(({ id }) => !known.has(id))
  const returned = keys.filter(({ id }) => SealingKeyRows.isGivenUp(database, id))
  const add = SealingKeyRows.remember(database)
  for (const { id } of [...news, ...returned]) add.run(id, Date.now())
}
