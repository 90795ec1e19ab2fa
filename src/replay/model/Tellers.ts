/** Which events have told of an entity's last change and of its creation, a column for each property. */
import { showerBit } from "../../domain/Shown.js"
import type { Policy } from "../../policy/index.js"

/** The kinds of looks at an entity, as the inbox has them (domain/Shown.ts). */
export const look = showerBit

export interface Tellers {
  /** The policy's answer for an event: the one that told of its change before, and on which condition. */
  readonly of: (
    entity: number,
    creation: boolean,
    says: boolean,
    to: number,
    known: number,
    isDeleted: boolean,
    by: number
  ) => number
  readonly created: (entity: number, key: string) => void
  readonly changed: (entity: number, to: number, by: number, key: string) => void
  /** A duplicate brought a newer stamp. */
  readonly moved: (entity: number, to: number) => void
  /** For the history; empty where none is written. */
  readonly keyOf: (entity: number, creation: boolean) => string
}

export const makeTellers = (count: number, policy: Policy, keepsKeys: boolean): Tellers => {
  const stamp = new Float64Array(count).fill(Number.NaN)
  const lookOf = new Uint8Array(count)
  const creationTold = new Uint8Array(count)
  const keys = keepsKeys ? new Map<number, string>() : null
  const creationKeys = keepsKeys ? new Map<number, string>() : null
  return {
    of: (entity, creation, says, to, known, isDeleted, by) =>
      policy.toldBefore(
        creation,
        says,
        to,
        known,
        isDeleted,
        creationTold[entity] === 1,
        stamp[entity]!,
        lookOf[entity] === by
      ),
    created: (entity, key) => {
      creationTold[entity] = 1
      creationKeys?.set(entity, key)
    },
    changed: (entity, to, by, key) => {
      stamp[entity] = to
      lookOf[entity] = by
      keys?.set(entity, key)
    },
    moved: (entity, to) => {
      stamp[entity] = to
    },
    keyOf: (entity, creation) => (creation ? creationKeys : keys)?.get(entity) ?? ""
  }
}
