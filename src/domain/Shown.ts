/**
 * Comparison of two looks at an entity. A list leaves fields out that a push has, and the other way
 * round: a field that only one of them shows says nothing of a change. Pure.
 */
import { canonicalJson } from "./CanonicalJson.js"
import type { Snapshot } from "./Event.js"
import { isRecord } from "./Json.js"

/**
 * Source of a look at an entity: an app's delivery, a list, the answer to a request for that entity, or a delivery that
 * the product makes by itself.
 */
export type Shower = "push" | "list" | "item" | "native"

/** As bits, for an entity's state. */
export const showerBit: Readonly<Record<Shower, number>> = { push: 1, list: 2, item: 4, native: 8 }

/** Kinds of looks that the known fields come from: this kind, any other. */
export interface ShownBefore {
  readonly byThis: boolean
  readonly byOthers: boolean
}

/** `bits` 0: known from before this was noted, so by any kind of look. */
export const shownBefore = (bits: number, shower: Shower): ShownBefore => ({
  byThis: (bits & showerBit[shower]) !== 0,
  byOthers: bits === 0 || (bits & ~showerBit[shower]) !== 0
})

export const same = (a: unknown, b: unknown): boolean => a === b || canonicalJson(a) === canonicalJson(b)

/** Whether a value is another one than the known one, as far as both looks can show it. */
const differs = (known: unknown, shown: unknown, before: ShownBefore): boolean =>
  before.byOthers && isRecord(known) && isRecord(shown)
    ? Object.entries(shown).some(([name, value]) =>
        Object.hasOwn(known, name) ? differs(known[name], value, before) : before.byThis
      )
    : !same(known, shown)

const customFields = new Set(["custom_fields", "custom_field"])

const cutSign = (name: string): string => `is_${name}_truncated`
/** It tells of a look at the entity, and nothing of the entity itself. */
const isCutSign = (name: string): boolean => /^is_.*_truncated$/.test(name)

/** Whether a push says that it has cut a text of the entity (`is_description_truncated`). */
export const isCut = (shown: Snapshot): boolean =>
  Object.entries(shown).some(([name, value]) => value === true && isCutSign(name))

/** Whether this text was cut, or may have changed behind the cut of a push. */
export const isCutText = (shown: Snapshot, name: string): boolean => shown[cutSign(name)] === true

/** Whether a text that was cut is the beginning of another one. */
const begins = (cut: unknown, text: unknown): boolean =>
  typeof cut === "string" && typeof text === "string" && text.startsWith(withoutEllipsis(cut))

const withoutEllipsis = (text: string): string => {
  const sign = ["...", "…"].find((one) => text.endsWith(one))
  return sign === undefined ? text : text.slice(0, -sign.length).trimEnd()
}

/** Whether one of two texts is the other, cut. */
export const isSameCut = (known: Snapshot, shown: Snapshot, name: string): boolean =>
  (isCutText(known, name) && begins(known[name], shown[name])) ||
  (isCutText(shown, name) && begins(shown[name], known[name]))

/**
 * A push without the texts that it has cut, where the known ones go on from them. Its signs stay: such a text may have
 * changed behind the cut. `changed`: the fields that it says have changed.
 */
export const withoutKnownCuts = (
  known: Snapshot | null,
  shown: Snapshot,
  changed: ReadonlyArray<string> = []
): Snapshot => {
  if (known === null || !isCut(shown)) return shown
  const isKnown = (name: string): boolean =>
    isCutText(shown, name) && begins(shown[name], known[name]) && !changed.includes(name)
  return Object.fromEntries(Object.entries(shown).filter(([name]) => !isKnown(name)))
}

/** Names of the top-level fields that this look shows otherwise than they were known, custom fields one by one. */
export const fieldsThatDiffer = (known: Snapshot, shown: Snapshot, before: ShownBefore): Array<string> =>
  Object.entries(shown)
    .flatMap(([field, value]): ReadonlyArray<string> => {
      if (isCutSign(field)) return []
      // A field that this kind of look did not have the last time is new; of another kind's it says nothing.
      if (!Object.hasOwn(known, field)) return before.byThis ? [field] : []
      const was = known[field]
      if (!differs(was, value, before) || isSameCut(known, shown, field)) return []
      if (!customFields.has(field) || !isRecord(was) || !isRecord(value)) return [field]
      const gone = before.byOthers ? [] : Object.keys(was).filter((name) => !Object.hasOwn(value, name))
      return [...fieldsThatDiffer(was, value, before), ...gone].map((name) => `custom_fields.${name}`)
    })
    .sort()

/** The known fields after this look; fields that it does not show stay. */
export const withShown = (known: Snapshot | null, shown: Snapshot, before: ShownBefore): Snapshot => {
  if (known === null) return { ...shown }
  return withWholeTexts(known, shown, before.byOthers ? mergedRecords(known, shown) : { ...known, ...shown })
}

/** The known fields, with those that this look alone shows. */
export const withAdded = (known: Snapshot, shown: Snapshot): Snapshot =>
  withWholeTexts(known, shown, mergedRecords(shown, known))

/** A look that shows a text and does not say that it is cut shows it whole. */
const withWholeTexts = (known: Snapshot, shown: Snapshot, merged: Snapshot): Snapshot => {
  if (!isCut(known)) return merged
  const whole = Object.keys(shown).filter((name) => isCutText(known, name) && !isCutText(shown, name))
  return {
    ...merged,
    ...Object.fromEntries(
      whole.flatMap((name) => [
        [name, shown[name]],
        [cutSign(name), false]
      ])
    )
  }
}

const mergedRecords = (known: Snapshot, shown: Snapshot): Snapshot => {
  const merged: Record<string, unknown> = { ...known }
  for (const [name, value] of Object.entries(shown)) {
    if (name === "__proto__") continue
    const was = known[name]
    merged[name] = isRecord(was) && isRecord(value) ? mergedRecords(was, value) : value
  }
  return merged
}
