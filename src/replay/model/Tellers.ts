/** Which events have told of an entity's last change and of its creation, a column for each property. */
import type { Policy } from "../../policy/index.js"

export interface Tellers {
  /** The policy's answer for an event: the one that told of its change before, and on which condition. */
  readonly of: (
    entity: number,
    creation: boolean,
    says: boolean,
    to: number,
    known: number,
    isDeleted: boolean,
    byPush: boolean
  ) => number
  readonly created: (entity: number, key: string) => void
  readonly changed: (entity: number, to: number, byPush: boolean, key: string) => void
  /** A duplicate brought a newer stamp. */
  readonly moved: (entity: number, to: number) => void
  /** For the history; empty where none is written. */
  readonly keyOf: (entity: number, creation: boolean) => string
}

export const makeTellers = (count: number, policy: Policy, keepsKeys: boolean): Tellers => {
  const stamp = new Float64Array(count).fill(Number.NaN)
  const byList = new Uint8Array(count)
  const creationTold = new Uint8Array(count)
  const keys = keepsKeys ? new Map<number, string>() : null
  const creationKeys = keepsKeys ? new Map<number, string>() : null
  return {
    of: (entity, creation, says, to, known, isDeleted, byPush) =>
      policy.toldBefore(
        creation,
        says,
        to,
        known,
        isDeleted,
        creationTold[entity] === 1,
        stamp[entity]!,
        byList[entity] === (byPush ? 0 : 1)
      ),
    created: (entity, key) => {
      creationTold[entity] = 1
      creationKeys?.set(entity, key)
    },
    changed: (entity, to, byPush, key) => {
      stamp[entity] = to
      byList[entity] = byPush ? 0 : 1
      keys?.set(entity, key)
    },
    moved: (entity, to) => {
      stamp[entity] = to
    },
    keyOf: (entity, creation) => (creation ? creationKeys : keys)?.get(entity) ?? ""
  }
}
