/**
 * Runs an attack on one boundary, round by round: each round has a world of its own (a receiver, a database, a folder),
 * some hundred inputs, and a settlement in which the model must hold. A fault is told as a report that can be run
 * again.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { breath } from "./Corpus.js"
import { type Dice, diceOf } from "./Dice.js"

export interface World<Input> {
  /** Throws where the model is broken. */
  readonly run: (inputs: ReadonlyArray<Input>) => Promise<void>
  /** Waits until nothing is under way, and throws where the model is broken. */
  readonly settle: () => Promise<void>
  readonly close: () => Promise<void>
}

export interface Boundary<Input> {
  readonly name: string
  /** Its part of all inputs. */
  readonly share: number
  /** Inputs that go in at the same time, and in one world. */
  readonly together: number
  readonly inRound: number
  readonly open: (count: (outcome: string) => void) => Promise<World<Input>>
  /** Makes an input; `number` is its own in this campaign. */
  readonly make: (dice: Dice, number: number) => Input
}

/** As long as it takes: the number of inputs bounds it. */
export const campaignMs = 3_600_000

const inputs = Number(process.env["ATTACK_INPUTS"] ?? 2_500)

/** The suite's share is the same each time, so that a red run is about the change at hand; a campaign draws its own. */
export const seed =
  process.env["SEED"] === undefined
    ? process.env["ATTACK_INPUTS"] === undefined
      ? 1
      : Date.now() % 2 ** 31
    : Number(process.env["SEED"])

export const inputsOf = (share: number): number => Math.ceil(inputs * share)

/** The inputs of a report to be run again. */
const again = (name: string): ReadonlyArray<unknown> | null => {
  const file = process.env["ATTACK_CASE"]
  if (file === undefined) return null
  const read = JSON.parse(readFileSync(file, "utf8")) as { boundary: string; inputs: ReadonlyArray<unknown> }
  return read.boundary === name ? read.inputs : []
}

/** Tries for a smaller report; each has a world of its own. */
const mostTries = 60

export const attack = async <Input>(boundary: Boundary<Input>): Promise<void> => {
  const { inRound, make, name, open, share, together } = boundary
  const outcomes = new Map<string, number>()
  const count = (outcome: string): void => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)

  const playIn = async (world: World<Input>, all: ReadonlyArray<Input>): Promise<void> => {
    try {
      for (let from = 0; from < all.length; from += together) {
        await world.run(all.slice(from, from + together))
        await breath()
      }
      await world.settle()
    } finally {
      await world.close()
    }
  }
  /** The fault that these inputs show in a new world; `null` for none. */
  const faultOf = async (all: ReadonlyArray<Input>): Promise<Error | null> => {
    try {
      await playIn(await open(() => undefined), all)
      return null
    } catch (error) {
      return error as Error
    }
  }
  const smaller = async (all: ReadonlyArray<Input>): Promise<{ inputs: ReadonlyArray<Input>; fault: Error | null }> => {
    let least = all
    let fault: Error | null = null
    let tries = 0
    for (let size = Math.ceil(all.length / 2); ; size = Math.ceil(size / 2)) {
      for (let from = 0; from < least.length && tries < mostTries; ) {
        const rest = [...least.slice(0, from), ...least.slice(from + size)]
        tries += 1
        const found = rest.length === 0 ? null : await faultOf(rest)
        if (found === null) from += size
        else {
          fault = found
          least = rest
        }
      }
      if (size <= 1 || tries >= mostTries) return { inputs: least, fault }
    }
  }

  const given = again(name) as ReadonlyArray<Input> | null
  const total = given?.length ?? inputsOf(share)
  console.log(`${name}: ${total} inputs, SEED=${seed}`)
  for (let from = 0, round = 0; from < total; from += inRound, round++) {
    const dice = diceOf(seed, `${name} ${round}`)
    const size = Math.min(inRound, total - from)
    const made = given ?? Array.from({ length: size }, (_, at) => make(dice, from + at))
    try {
      await playIn(await open(count), given === null ? made : made.slice(from, from + size))
    } catch (error) {
      const { fault, inputs: least } = await smaller(made)
      const file = join(tmpdir(), `hookshift-attack-${name.replaceAll(" ", "-")}-${seed}-${round}.json`)
      writeFileSync(file, JSON.stringify({ boundary: name, seed, inputs: least }))
      const shown = JSON.stringify(least)
      throw new Error(
        [
          `${name}: ${(fault ?? (error as Error)).message}`,
          `these ${least.length} inputs alone:  ATTACK_CASE=${file} npm run attack`,
          `the whole campaign:  SEED=${seed} ATTACK_INPUTS=${inputs} npm run attack`,
          ...(fault === null ? ["no smaller set of inputs shows it again: the whole round is in the file"] : []),
          shown.length < 2_000 ? shown : `${shown.slice(0, 2_000)}… (the rest is in the file)`
        ].join("\n"),
        { cause: fault ?? error }
      )
    }
  }
  const told = [...outcomes].sort(([, a], [, b]) => b - a).map(([outcome, times]) => `${outcome} ${times}`)
  console.log(`${name}: ${told.join(", ")}`)
}
