/** Runs the command line, and ends with its exit code. */
import * as Command from "@effect/cli/Command"
import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { terminalText } from "../domain/PlainText.js"
import { version } from "../version.js"
import { unknownCommand } from "./CommandNames.js"
import { commands } from "./Commands.js"
import { stage } from "./commands/stage/StageCommand.js"
import { describeFailure, exitCodes, type Fault, UsageError } from "./Failure.js"
import { ownArguments } from "./ProgramArguments.js"

const hookshift = Command.make("hookshift").pipe(
  Command.withDescription(
    "Finds what an integration polls, proves what webhooks would save, sets them up, and shows that nothing is lost."
  ),
  Command.withSubcommands(commands)
)

// A reader that closes its end (`| head`) is not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0)
})

/** `hookshift` with its shared options at most says where one stands. */
const isAlone = ownArguments
  .slice(2)
  .every(
    (word, at, all) => /^--(?:json|debug|db|config)(?:=|$)/.test(word) || /^--(?:db|config)$/.test(all[at - 1] ?? "")
  )

const standing = Command.withHandler(stage, (options) =>
  Effect.flatMap(
    Effect.promise(() => import("./commands/stage/runStage.js")),
    ({ runStage }) => runStage(options)
  )
)

const named = { name: "hookshift", version, executable: "hookshift" }
const misspelt = unknownCommand(commands, ownArguments.slice(2))
const program: Effect.Effect<void, Fault | ValidationError.ValidationError, NodeContext.NodeContext> =
  misspelt === null
    ? (isAlone ? Command.run(standing, named) : Command.run(hookshift, named))(ownArguments)
    : Effect.fail(new UsageError({ message: misspelt }))

program.pipe(
  Effect.provide(NodeContext.layer),
  Effect.tapErrorCause((cause) =>
    Effect.sync(() => {
      const error = Cause.squash(cause)
      if (ValidationError.isValidationError(error)) {
        // @effect/cli has printed the error already.
        process.stderr.write(
          ownArguments[2] === "record"
            ? "hookshift: record takes its own options, then --, then the program: hookshift record --integration crm-sync -- node app.js\n"
            : "hookshift: run the command with --help to see its options, with an example\n"
        )
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
          ? 0
          : Number(process.exitCode ?? exitCodes.unreachable)
      )
  })
)
