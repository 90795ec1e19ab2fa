/** A trial run: the program under the recorder for some seconds, into a database of its own. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { isConfined, type ProgramTrial, tryProgram } from "../../../capture/index.js"
import { type OtherHost, Store } from "../../../store/service.js"
import { UsageError } from "../../Failure.js"
import { type StartCommand, shellText } from "../../StartCommand.js"

export interface Trial {
  readonly db: string
  readonly seconds: number
  readonly end: ProgramTrial["end"]
  /** Where the program failed: how, in words. */
  readonly failure: string | null
  /** Whether a Node process of the program loaded the recorder. */
  readonly recorderLoaded: boolean
  /** Accounts that were recorded, with their calls. */
  readonly recorded: ReadonlyArray<{ readonly account: string; readonly calls: number }>
  readonly otherHosts: ReadonlyArray<OtherHost>
}

/** A folder outside of the program's, removed with the scope. */
export const trialFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "hookshift-init-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/** Fails where the program cannot be started, or ends with a failure before it has made a call. */
export const runTrial = (
  start: StartCommand,
  { configText, folder, forMs }: { readonly configText: string; readonly folder: string; readonly forMs: number }
) =>
  Effect.gen(function* () {
    const [config, db] = [join(folder, "config.json"), join(folder, "trial.db")]
    writeFileSync(config, configText)
    for (const ending of ["", "-wal", "-shm"]) rmSync(db + ending, { force: true })
    const program = { ...start, db, config, integration: null, keepBodies: false }
    if (isConfined(program))
      return yield* new UsageError({
        message: `${shellText(start)} runs under Node's permission model, which keeps the recorder out: docs/recorder.md names the permissions; --trial 0 leaves the trial out`
      })
    const startedAt = performance.now()
    const { end, lastWords } = yield* stoppable((signal) => tryProgram(program, { forMs, signal }))
    const status = yield* Effect.flatMap(Store, ({ recordingStatus }) => recordingStatus).pipe(
      Effect.provide(Store.layer(db))
    )
    const { hosts: recorded, otherHosts, recorders } = status
    const ending = failureOf(end)
    const failure = ending === null ? null : `${ending}${lastWords === null ? "" : ` (${lastWords})`}`
    if (failure !== null && recorded.length === 0 && otherHosts.length === 0)
      return yield* new UsageError({
        message: `${shellText(start)} ${failure} before it made a call: start it by itself first; nothing was written`
      })
    const seconds = Math.round((performance.now() - startedAt) / 100) / 10
    const trial: Trial = { db, seconds, end, failure, recorderLoaded: recorders.length > 0, recorded, otherHosts }
    return trial
  })

const failureOf = (end: ProgramTrial["end"]): string | null => {
  if (end === null) return null
  if ("failed" in end) return `could not be started (${end.failed})`
  if ("signal" in end) return `was ended by ${end.signal}`
  return end.code === 0 ? null : `ended with code ${end.code}`
}

/** Interruption (Ctrl-C) waits until the program has ended. */
const stoppable = <A>(run: (signal: AbortSignal) => Promise<A>): Effect.Effect<A> =>
  Effect.async<A>((resume) => {
    const controller = new AbortController()
    const running = run(controller.signal)
    // The program has a session of its own: the end of this terminal must not leave it running.
    const hungUp = () => process.kill(process.pid, "SIGTERM")
    process.once("SIGHUP", hungUp)
    const ended = (result: Effect.Effect<A>): void => {
      process.off("SIGHUP", hungUp)
      resume(result)
    }
    running.then(
      (value) => ended(Effect.succeed(value)),
      (error) => ended(Effect.die(error))
    )
    return Effect.promise(async () => {
      controller.abort()
      await running
    })
  })
