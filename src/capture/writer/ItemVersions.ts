/**
 * The versions that each stream has seen of each entity: a new one becomes a row, with the names of the fields that
 * changed.
 */
import { createHash } from "node:crypto"
import type { CallId } from "../../domain/Call.js"
import { type Database, RecordingStatements, saltOf } from "../../store/index.js"
import { LruCache } from "../LruCache.js"
import { differingNames, fieldHashes, packHashes, unpackHashes } from "./FieldHashes.js"
import type { ListedItem } from "./ListedItems.js"

/** Entities whose last field hashes are cached; those of further ones are read from the database. */
const cachedStates = 20_000

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

interface KnownState {
  readonly version: string
  readonly fields: Map<string, string>
}

export interface ItemVersions {
  /** True when the version is new to this stream. */
  readonly note: (stream: number, call: CallId, seenAt: number, item: ListedItem) => boolean
  readonly forget: () => void
}

export const makeItemVersions = (database: Database): ItemVersions => {
  const salt = saltOf(database)
  const seed = Number.parseInt(salt.slice(0, 8), 16) | 0
  const states = new LruCache<string, KnownState>(cachedStates)
  const addVersion = RecordingStatements.insertItemVersion(database)
  const readState = RecordingStatements.findItemState(database)
  const writeState = RecordingStatements.setItemState(database)

  /** Numbers and UUIDs are kept; any other id could be an address or a name, and is hashed. */
  const keptId = (id: string): string =>
    /^\d{1,20}$/.test(id) || uuid.test(id)
      ? id
      : `#${createHash("sha256").update(salt).update(id).digest("hex").slice(0, 16)}`

  const stateOf = (stream: number, entityId: string, item: ListedItem): KnownState | undefined => {
    const row = readState.get(stream, item.entity, entityId)
    return row === undefined ? undefined : { version: row.version, fields: unpackHashes(row.fields) }
  }

  return {
    note: (stream, call, seenAt, item) => {
      const key = `${stream} ${item.entity} ${item.entityId}`
      const cached = states.get(key)
      if (cached?.version === item.version) return false
      const entityId = keptId(item.entityId)
      const known = cached ?? stateOf(stream, entityId, item)
      if (known?.version === item.version) return false
      const fields = fieldHashes(item.fields, seed)
      const changed = known === undefined ? null : JSON.stringify(differingNames(known.fields, fields))
      const added = addVersion.run(
        stream,
        item.entity,
        entityId,
        item.version,
        call,
        item.updatedAt,
        seenAt,
        item.created ? 1 : 0,
        changed
      ).changes
      states.set(key, { version: item.version, fields })
      writeState.run(stream, item.entity, entityId, item.version, packHashes(fields))
      return added > 0
    },
    forget: () => states.clear()
  }
}
