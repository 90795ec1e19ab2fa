/**
 * Inputs worth mutating further: good ones to begin with, then each that reached code which none had reached before.
 */
import { startCoverage } from "./Coverage.js"
import type { Dice } from "./Dice.js"

export interface Growth<Input> {
  readonly good: ReadonlyArray<Input>
  readonly dice: Dice
  /** So many mutated inputs are tried. */
  readonly tries: number
  /** Folders of `src/` whose code counts. */
  readonly folders: ReadonlyArray<string>
  readonly mutate: (input: Input, dice: Dice) => Input
  /** The code under attack, on one input; it must not throw. */
  readonly attempt: (input: Input) => void
}

/** The test runner hears nothing of a process that never rests. */
export const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * Asking for coverage costs some milliseconds, so that inputs are judged in groups, and one by one only where a group
 * brought something.
 */
const groupSize = 40

export const grown = async <Input>({
  attempt,
  dice,
  folders,
  good,
  mutate,
  tries
}: Growth<Input>): Promise<ReadonlyArray<Input>> => {
  const corpus = [...good]
  const coverage = startCoverage(folders)
  try {
    good.forEach(attempt)
    coverage.reachedMore()
    const first = coverage.reached()
    for (let tried = 0; tried < tries; tried += groupSize) {
      const group = Array.from({ length: Math.min(groupSize, tries - tried) }, () => mutate(dice.pick(corpus), dice))
      group.forEach(attempt)
      await breath()
      if (!coverage.reachedMore()) continue
      coverage.forgetLast()
      for (const input of group) {
        attempt(input)
        if (coverage.reachedMore()) corpus.push(input)
      }
    }
    console.log(
      `${tries} mutations in process: ${corpus.length - good.length} kept; ${first} characters of src/${folders.join(", src/")} reached by good inputs, ${coverage.reached()} by all`
    )
  } finally {
    coverage.stop()
  }
  // What is still sound is as likely as what is broken already: most faults lie one step from a good input.
  const often = Math.ceil(corpus.length / good.length)
  return [...corpus, ...Array.from({ length: often }, () => good).flat()]
}
