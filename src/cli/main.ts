/** The command line: a table of contents. Each command loads what it needs when it runs. */
import * as Command from "@effect/cli/Command"
import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { terminalText } from "../domain/PlainText.js"
import { version } from "../version.js"
import { audit } from "./commands/Audit.js"
import { db } from "./commands/Db.js"
import { diff } from "./commands/Diff.js"
import { authorize, doctor } from "./commands/Doctor.js"
import { forget } from "./commands/Forget.js"
import { inbox } from "./commands/Inbox.js"
import { exportCommand, importCommand } from "./commands/Interchange.js"
import { pollers, report } from "./commands/Pollers.js"
import { proxy } from "./commands/Proxy.js"
import { receive } from "./commands/Receive.js"
import { record } from "./commands/Record.js"
import { replay, verifyHistory } from "./commands/Replay.js"
import { cutover, shadow } from "./commands/Shadow.js"
import { simulate } from "./commands/Simulate.js"
import { subscriptions } from "./commands/Subscriptions.js"
import { describeFailure, exitCodes } from "./Failure.js"
import { ownArguments } from "./ProgramArguments.js"

const hookshift = Command.make("hookshift").pipe(
  Command.withDescription(
    "Finds what an integration polls, proves what webhooks would save, sets them up, and shows that nothing is lost."
  ),
  Command.withSubcommands([
    audit,
    record,
    proxy,
    importCommand,
    exportCommand,
    pollers,
    subscriptions,
    receive,
    inbox,
    shadow,
    cutover,
    db,
    forget,
    replay,
    verifyHistory,
    report,
    diff,
    doctor,
    authorize,
    simulate
  ])
)

// A reader that closes its end (`| head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0)
})

Command.run(hookshift, { name: "hookshift", version, executable: "hookshift" })(ownArguments).pipe(
  Effect.provide(NodeContext.layer),
  Effect.tapErrorCause((cause) =>
    Effect.sync(() => {
      const error = Cause.squash(cause)
      if (ValidationError.isValidationError(error)) {
        // Its own sentence is printed already.
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
