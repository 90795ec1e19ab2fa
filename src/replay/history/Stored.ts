/** Each stored event: acknowledged once it is on the disk, its effect once, and none of it lost. */
import type { HistoryLine } from "../../domain/History.js"
import type { Violation, Wrong } from "./Violation.js"

interface Stored {
  readonly updatedAt: number | null
  applied: number
  handed: number
  aside: boolean
}

export const checkStored = (wrong: Wrong) => {
  const stored = new Map<string, Stored>()

  const onApplied = (key: string, line: number): void => {
    const known = stored.get(key)
    if (known === undefined) wrong("once", `${key} moved the state and was never stored`, line)
    else if (++known.applied > 1) wrong("once", `${key} moved the state ${known.applied} times`, line)
  }
  const onHanded = (key: string, line: number): void => {
    const known = stored.get(key)
    if (known === undefined || known.applied === 0)
      wrong("once", `${key} was handed over before it moved the state`, line)
    if (known !== undefined) known.handed += 1
  }

  return {
    stampOf: (key: string): number | null => stored.get(key)?.updatedAt ?? null,
    read: (one: HistoryLine, line: number): void => {
      switch (one.k) {
        case "stored":
          if (stored.has(one.key)) wrong("once", `${one.key} was stored twice`, line)
          stored.set(one.key, { updatedAt: one.updatedAt, applied: 0, handed: 0, aside: false })
          return
        case "duplicate":
          if (!stored.has(one.key)) wrong("duplicate", `${one.key} was taken for a duplicate of something else`, line)
          return
        case "answered":
          if (one.ok && !stored.has(one.key))
            wrong("acknowledged", `push ${one.push} was acknowledged before ${one.key} was on the disk`, line)
          return
        case "applied":
          return onApplied(one.key, line)
        case "handed":
          return onHanded(one.key, line)
        case "setAside": {
          const known = stored.get(one.key)
          if (known !== undefined) known.aside = true
          return
        }
        default:
          return
      }
    },
    /** Of a history that has settled: events that had no effect. */
    lost: (): ReadonlyArray<Violation> =>
      [...stored].flatMap(([key, { applied, aside, handed }]): ReadonlyArray<Violation> => {
        if (aside || (applied > 0 && handed > 0)) return []
        const what = applied === 0 ? "never moved the state" : "never handed over"
        return [{ rule: "lost", message: `${key} was acknowledged and ${what}`, line: null }]
      })
  }
}
