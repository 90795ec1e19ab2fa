/**
 * A failing seed made small: faults and changes are left out as long as it still fails, and what is left is one command.
 */
import { type FaultKind, faultKinds, nothing, randomScenario, type Without } from "./randomScenario.js"

export interface Shrunk {
  readonly seed: number
  readonly without: Without
  /** How many changes are left. */
  readonly changes: number
  readonly faults: ReadonlyArray<FaultKind>
  readonly command: string
}

const changesOf = (seed: number, without: Without): number => {
  const { changes } = randomScenario(seed, without)
  return "count" in changes ? changes.count : 0
}

/** `fails` says whether the seed still fails without these. */
export const shrink = (seed: number, fails: (without: Without) => boolean, environment = ""): Shrunk => {
  let without: Without = nothing
  for (const kind of faultKinds) {
    const fewer = { ...without, faults: new Set([...without.faults, kind]) }
    if (fails(fewer)) without = fewer
  }
  // Halves, quarters and so on of the changes are left out, down to single ones (Zeller's delta debugging), until nothing more
  // can be: what is left out moves the draws of the others.
  let kept = Array.from({ length: changesOf(seed, nothing) }, (_, place) => place)
  for (let before = -1; before !== kept.length; ) {
    before = kept.length
    for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let from = 0; from < kept.length; ) {
        const fewer = [...kept.slice(0, from), ...kept.slice(from + size)]
        if (fails({ ...without, changes: new Set(fewer) })) kept = fewer
        else from += size
      }
    }
  }
  without = { ...without, changes: new Set(kept) }
  const faults = faultKinds.filter((kind) => !without.faults.has(kind))
  const parts = [
    `SEED=${seed}`,
    `CHANGES=${kept.join(",")}`,
    `FAULTS=${faults.length === 0 ? "none" : faults.join(",")}`,
    ...(environment === "" ? [] : [environment])
  ]
  return { seed, without, changes: kept.length, faults, command: `${parts.join(" ")} npm run simulate:faults` }
}

/** What the environment names, as `shrink` prints it. */
export const asNamed = (env: NodeJS.ProcessEnv): { readonly seed: number; readonly without: Without } | null =>
  env["SEED"] === undefined
    ? null
    : {
        seed: Number(env["SEED"]),
        without: {
          faults: new Set(
            env["FAULTS"] === undefined ? [] : faultKinds.filter((kind) => !env["FAULTS"]!.split(",").includes(kind))
          ),
          changes:
            env["CHANGES"] === undefined
              ? null
              : new Set(
                  env["CHANGES"]
                    .split(",")
                    .filter((part) => part !== "")
                    .map(Number)
                )
        }
      }
