/**
 * Which keys the provider's answers of one kind have, learned from answers that went through. A state's snapshot has
 * keys of pushes as well, and keys that the provider has dropped: it is shown with the learned keys only, and not at
 * all where it lacks one.
 */
import { mayHoldLong } from "../../domain/ExactJson.js"
import { isRecord } from "../../domain/Json.js"
import { isCutText } from "../../domain/Shown.js"

export type Fields = Readonly<Record<string, unknown>>

/** Objects whose keys an account defines for itself. */
const customFields = ["custom_fields", "custom_field"]

export class Shape {
  private keys: ReadonlyArray<string> | null = null
  private custom = new Map<string, ReadonlyArray<string>>()
  private numbers = new Set<string>()
  private texts = new Set<string>()
  /** Answers of this kind differ in their keys: which ones a snapshot would have is not known. */
  private irregular = false

  /** `longNumbers`: a text of many digits may stand for a number beyond what JSON can hold exactly. */
  constructor(private readonly longNumbers = false) {}

  /** Moves when snapshots would be shown otherwise. */
  version = 0

  /** Whether an answer of this kind has been seen. */
  get known(): boolean {
    return this.keys !== null
  }

  learn(item: Fields): void {
    if (this.irregular) return
    const keys = Object.keys(item)
    if (this.keys === null || !sameNames(this.keys, keys)) {
      this.irregular = this.keys !== null
      this.keys ??= keys
      this.version += 1
    }
    for (const [name, value] of Object.entries(item)) {
      if (typeof value === "number") this.numbers.add(name)
      else if (typeof value === "string") this.texts.add(name)
    }
    for (const name of customFields) {
      const value = item[name]
      if (!isRecord(value)) continue
      // A field that the account has added, or taken away, is so for all: the newest answer says which there are.
      const known = this.custom.get(name)
      if (known !== undefined && sameNames(known, Object.keys(value))) continue
      this.custom.set(name, Object.keys(value))
      this.version += 1
    }
  }

  /** The snapshot as the provider would show it, as JSON; `null` where that is not known. */
  project(snapshot: Fields): string | null {
    if (this.keys === null || this.irregular || (this.longNumbers && mayHoldLong(snapshot))) return null
    const shown: Record<string, unknown> = {}
    for (const name of this.keys) {
      if (!Object.hasOwn(snapshot, name) || isCutText(snapshot, name)) return null
      const value = snapshot[name]
      // A number beyond what JSON can hold exactly is kept as text.
      if (typeof value === "string" && this.numbers.has(name) && !this.texts.has(name)) return null
      const custom = this.custom.get(name)
      if (custom === undefined) shown[name] = value
      else {
        const projected = this.projectCustom(custom, value)
        if (projected === null) return null
        shown[name] = projected
      }
    }
    return JSON.stringify(shown)
  }

  private projectCustom(names: ReadonlyArray<string>, value: unknown): Fields | null {
    if (!isRecord(value)) return null
    const shown: Record<string, unknown> = {}
    for (const name of names) {
      if (!Object.hasOwn(value, name)) return null
      shown[name] = value[name]
    }
    return shown
  }
}

const sameNames = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): boolean =>
  a.length === b.length && b.every((name) => a.includes(name))
