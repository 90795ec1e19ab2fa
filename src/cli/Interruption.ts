/** The end of work by Ctrl-C or SIGTERM: it says what is kept. */
import { constants } from "node:os"
import { Effect } from "effect"
import { note } from "./Output.js"

/** As a shell counts a command that a signal ended, so that nothing goes on as if the work were done. */
const codeOf = (signal: "SIGINT" | "SIGTERM"): number => 128 + constants.signals[signal]

/** Says on an interruption what is kept of the work, and ends the process with the signal's exit code. */
export const keeping =
  (kept: string) =>
  <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      let code = codeOf("SIGINT")
      const terminated = (): void => {
        code = codeOf("SIGTERM")
      }
      process.prependListener("SIGTERM", terminated)
      return work.pipe(
        Effect.onInterrupt(() =>
          Effect.zipRight(
            note(`hookshift: stopped; ${kept}`),
            Effect.sync(() => {
              process.exitCode = code
            })
          )
        ),
        Effect.ensuring(Effect.sync(() => process.off("SIGTERM", terminated)))
      )
    })
