/**
 * Which events the pushes of an account with several routes have told, by the kind of look: a late event that another
 * route has told of is its duplicate (policy/SameChange.ts).
 */
import { isToldByAnother } from "../../policy/index.js"
import { makeRecentKeys } from "./RecentKeys.js"
import { look } from "./Tellers.js"

export interface RouteTellings {
  /** `kind`: of `eventKindOf`. */
  readonly told: (entity: number, stamp: number, kind: number, by: number, at: number, key: string) => void
  /** The key of the event by which another kind of look told; empty where no history is written, `null` for none. */
  readonly byAnother: (entity: number, stamp: number, kind: number, by: number) => string | null
}

/** Events of one name. */
export const eventKindOf = (creation: boolean, deletion: boolean): number => (creation ? 1 : deletion ? 2 : 0)

const looks = [look.push, look.item, look.native]

export const makeRouteTellings = (rememberMs: number, keepsKeys: boolean): RouteTellings => {
  const known = makeRecentKeys(rememberMs)
  const names = keepsKeys ? new Map<string, string>() : null
  const number = (stamp: number, kind: number, by: number): number => stamp + (by * 4 + kind) / 1_000
  return {
    told: (entity, stamp, kind, by, at, key) => {
      const named = number(stamp, kind, by)
      if (!known.seen(entity, named, at)) names?.set(`${entity} ${named}`, key)
    },
    byAnother: (entity, stamp, kind, by) => {
      for (const other of looks) {
        const named = number(stamp, kind, other)
        if (isToldByAnother(by, other) && known.has(entity, named)) return names?.get(`${entity} ${named}`) ?? ""
      }
      return null
    }
  }
}
