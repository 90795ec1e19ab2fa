/** Runs the command line, and ends with its exit code. */
import * as Command from "@effect/cli/Command"
import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { terminalText } from "../domain/PlainText.js"
import { version } from "../version.js"
import { lookAt } from "./CommandNames.js"
import { commands, groups } from "./Commands.js"
import { stage } from "./commands/stage/StageCommand.js"
import { describeFailure, exitCodes, type Fault, UsageError } from "./Failure.js"
import { about, printHelp } from "./help/Help.js"
import { ownArguments } from "./ProgramArguments.js"
import { usageSentence } from "./UsageSentence.js"

const hookshift = Command.make("hookshift").pipe(Command.withDescription(about), Command.withSubcommands(commands))

// A reader that closes its end (`| head`) is not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0)
})

// The parser prints its errors in colours and without the command's name: the sentence below takes their place.
const silentlyRefusing = <A, E, R>(run: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.consoleWith((console) => Effect.withConsole(run, { ...console, error: () => Effect.void }))

const words = ownArguments.slice(2)

/** `hookshift` with its shared options at most says where one stands. */
const isAlone = words.every(
  (word, at, all) => /^--(?:json|debug|db|config)(?:=|$)/.test(word) || /^--(?:db|config)$/.test(all[at - 1] ?? "")
)

const standing = Command.withHandler(stage, (options) =>
  Effect.flatMap(
    Effect.promise(() => import("./commands/stage/runStage.js")),
    ({ runStage }) => runStage(options)
  )
)

const named = { name: "hookshift", version, executable: "hookshift" }
const look = lookAt(commands, words)
const program: Effect.Effect<void, Fault | ValidationError.ValidationError, NodeContext.NodeContext> = isAlone
  ? Command.run(standing, named)(ownArguments).pipe(silentlyRefusing)
  : look.tag === "help"
    ? printHelp(groups, look.path)
    : look.tag === "wrong"
      ? Effect.fail(new UsageError({ message: look.sentence }))
      : Command.run(hookshift, named)(ownArguments).pipe(silentlyRefusing)

program.pipe(
  Effect.provide(NodeContext.layer),
  Effect.tapErrorCause((cause) =>
    Effect.sync(() => {
      const error = Cause.squash(cause)
      if (ValidationError.isValidationError(error)) {
        process.stderr.write(`hookshift: ${terminalText(usageSentence(error, look.path))}\n`)
        process.exitCode = exitCodes.badInput
        return
      }
      const { code, message } = describeFailure(cause)
      process.stderr.write(`hookshift: ${terminalText(message)}\n`)
      if (process.argv.includes("--debug"))
        process.stderr.write(`${terminalText(Cause.pretty(cause, { renderErrorCause: true }))}\n`)
      process.exitCode = code
    })
  ),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    teardown: (exit, onExit) =>
      onExit(
        exit._tag === "Success" || Cause.isInterruptedOnly(exit.cause)
          ? Number(process.exitCode ?? exitCodes.done)
          : Number(process.exitCode ?? exitCodes.unreachable)
      )
  })
)
