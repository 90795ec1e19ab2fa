/** The live comparison on the terminal. */
import { Effect, Schedule } from "effect"
import { endpointAmong, type ShadowedPoller, type ShadowReport } from "../../../shadow/index.js"
import { GateFailed } from "../../Failure.js"
import { tellStored } from "../../Migration.js"
import { type Colour, print, printJson, printJsonLine, redraw, table } from "../../Output.js"
import { choiceOf, looking } from "./LiveComparison.js"
import type { ShadowOptions } from "./ShadowCommand.js"

const watchEvery = "5 seconds"

const words: Readonly<Record<ShadowedPoller["verdict"], { readonly text: string; readonly colour: Colour }>> = {
  safe: { text: "safe", colour: "green" },
  notYet: { text: "not yet", colour: "yellow" },
  cutOver: { text: "cut over", colour: "cyan" },
  regression: { text: "regression", colour: "red" }
}

const ahead = ({ aheadSeconds }: ShadowedPoller): string =>
  aheadSeconds === null ? "" : `${Math.round(aheadSeconds.p50)} s`

const shown = ({ alarms, pollers, safe }: ShadowReport): string => {
  if (pollers.length === 0)
    return "no poller was recorded in this time: record the integration (hookshift record) while the receiver runs"
  const drawn = table(
    [
      { title: "integration", shrinks: true },
      { title: "endpoint", shrinks: true },
      { title: "entity" },
      { title: "changes", right: true },
      { title: "pushed", right: true },
      { title: "ahead by", right: true, minor: true },
      { title: "not covered", right: true, minor: true },
      { title: "lost", right: true },
      { title: "only pushed", right: true, minor: true },
      { title: "verdict" }
    ],
    pollers.map((poller) => [
      { text: poller.integration },
      { text: endpointAmong(poller, pollers) },
      { text: poller.entity },
      { text: String(poller.changes) },
      { text: String(poller.pushed) },
      { text: ahead(poller) },
      { text: String(poller.notCovered) },
      { text: String(poller.lost) },
      { text: String(poller.onlyPushed) },
      words[poller.verdict]
    ])
  )
  const reasons = pollers.map(
    (poller) => `${poller.integration} ${endpointAmong(poller, pollers)} (${poller.entity}): ${poller.why}`
  )
  const others = alarms.map(({ entity, message, source }) => `alarm, ${source} ${entity}: ${message}`)
  return `${drawn}\n\n${[...reasons, ...others].join("\n")}\n\n${
    safe
      ? "cutting over is safe: hookshift cutover writes the steps"
      : "not everything may be cut over yet; go on recording, and keep the receiver running"
  }`
}

const gates = (report: ShadowReport, requireSafe: boolean) =>
  Effect.gen(function* () {
    if (report.alarms.length > 0)
      return yield* new GateFailed({ message: `the webhooks have become worse: ${report.alarms[0]!.message}` })
    if (requireSafe && !report.safe)
      return yield* new GateFailed({ message: "not every poller may be cut over yet: the table says why" })
  })

export const runShadow = (options: ShadowOptions) =>
  Effect.gen(function* () {
    yield* tellStored(choiceOf(options))
    const look = yield* looking(options)
    if (options.watch)
      return yield* Effect.repeat(
        Effect.flatMap(look, ({ report }) =>
          options.json ? printJsonLine(report) : redraw(`${shown(report)}\n\n${report.at}; Ctrl-C ends it`)
        ),
        Schedule.spaced(watchEvery)
      )
    const { report } = yield* look
    yield* options.json ? printJson(report) : print(shown(report))
    yield* gates(report, options.requireSafe)
  })
