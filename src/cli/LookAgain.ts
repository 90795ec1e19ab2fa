/** Looking at a database again and again as it grows: for `pollers --watch` and the live page. */
import { statSync } from "node:fs"
import { Duration, Effect } from "effect"

/** Most calls that a look reads: some 2 s, and at most 600 MiB with five items a call. */
export const watchedCalls = 200_000

/** Pause after a look, in multiples of its duration: it takes a fifth of the processor's time. */
const restPerLook = 4

/** Changes whenever the database grows: sizes and times of its file and its write-ahead log. */
export const stampOf = (file: string): string =>
  ["", "-wal"]
    .map((ending) => statSync(file + ending, { throwIfNoEntry: false }))
    .map((stats) => (stats === undefined ? "" : `${stats.mtimeMs} ${stats.size}`))
    .join(" ")

/** For ever, with a pause of so many milliseconds at least. */
export const lookAgain = <E, R>(look: Effect.Effect<void, E, R>, leastMs: number): Effect.Effect<never, E, R> =>
  Effect.forever(
    Effect.flatMap(Effect.timed(look), ([took]) =>
      Effect.sleep(Math.max(leastMs, Duration.toMillis(took) * restPerLook))
    )
  )
