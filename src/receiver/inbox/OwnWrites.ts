/** Whether a change is an echo: all changed fields have the values that the integration wrote last. Pure. */
import { canonicalJson } from "../../domain/CanonicalJson.js"
import type { Snapshot } from "../../domain/Event.js"
import { isRecord } from "../../domain/Json.js"

const custom = "custom_fields."

const valueAt = (snapshot: Snapshot, field: string): unknown => {
  if (!field.startsWith(custom)) return snapshot[field]
  const values = snapshot["custom_fields"] ?? snapshot["custom_field"]
  return isRecord(values) ? values[field.slice(custom.length)] : undefined
}

export const writtenBySelf = (
  written: Snapshot | null,
  changed: ReadonlyArray<string>,
  after: Snapshot | null
): boolean => {
  if (written === null || after === null || changed.length === 0) return false
  return changed.every((field) => {
    const wrote = valueAt(written, field)
    return wrote !== undefined && canonicalJson(wrote) === canonicalJson(valueAt(after, field))
  })
}
