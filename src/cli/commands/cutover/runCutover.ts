/** The checklist of a cut-over, and the record of when it happened. */
import { Clock, Effect } from "effect"
import { cutoverChecklist, endpointAmong, type ShadowedPoller, sourceAmong, sourceName } from "../../../shadow/index.js"
import { endCutovers, explain, noteCutover } from "../../../store/index.js"
import { GateFailed, UsageError } from "../../Failure.js"
import { tellStored } from "../../Migration.js"
import { print, printJson } from "../../Output.js"
import { choiceOf, looking } from "../shadow/LiveComparison.js"
import type { CutoverOptions } from "./CutoverCommand.js"
import { isNamed, onlySource, pollersNamed } from "./pollersNamed.js"
import { runMirrorCutover } from "./runMirrorCutover.js"

export const runCutover = (options: CutoverOptions) =>
  Effect.gen(function* () {
    if (options.done && options.undo)
      return yield* new UsageError({ message: "--done and --undo say opposite things: choose one" })
    if (options.mirror) return yield* runMirrorCutover(options)
    yield* tellStored(choiceOf(options))
    const { evidence, report } = yield* Effect.flatten(looking(options))
    const now = yield* Clock.currentTimeMillis
    const attempt = <A>(write: () => A) => Effect.try({ try: write, catch: (error) => explain(error, options.db) })
    if (options.undo) {
      // A recorded cut-over can be taken back, whether the program polls now or not.
      const open = evidence.cutovers.filter((one) => one.endedAt === null && isNamed(options, one))
      if (open.length === 0) {
        yield* pollersNamed(options, report.pollers)
        return yield* new UsageError({
          message: `${options.integration} is not written down as cut over: nothing to undo`
        })
      }
      yield* onlySource(
        options,
        open.map(({ source }) => source)
      )
      const ids = open.map(({ id }) => id)
      const ended = yield* attempt(() => endCutovers(options.db, ids, now))
      const { source } = open[0]!
      const at = sourceAmong({ account: source, source }, report.pollers)
      return yield* options.json
        ? printJson({ ended })
        : print(`written down: ${options.integration} polls again${at === null ? "" : ` at ${at}`}`)
    }
    const meant = yield* pollersNamed(options, report.pollers)
    const nameOf = (poller: ShadowedPoller) => endpointAmong(poller, report.pollers)
    if (options.done) {
      yield* onlySource(options, meant.map(sourceName))
      const unknown = meant.find(({ source }) => source === null)
      if (unknown !== undefined) return yield* new UsageError({ message: `${nameOf(unknown)}: ${unknown.why}` })
      const unsafe = meant.find(({ verdict }) => verdict !== "safe" && verdict !== "cutOver")
      if (unsafe !== undefined && !options.force)
        return yield* new GateFailed({
          message: `${nameOf(unsafe)} (${unsafe.entity}) is not safe to cut over: ${unsafe.why}; --force writes it down all the same`
        })
      const fresh = meant.filter(({ verdict }) => verdict !== "cutOver")
      yield* Effect.forEach(fresh, (poller) =>
        attempt(() =>
          noteCutover(options.db, {
            source: poller.source!,
            integration: poller.integration,
            endpoint: poller.endpoint,
            query: poller.query,
            entity: poller.entity,
            at: now,
            evidence: poller
          })
        )
      )
      const at = sourceAmong(meant[0]!, report.pollers)
      return yield* options.json
        ? printJson({ cutOver: fresh })
        : print(
            `written down: ${options.integration} is switched off${at === null ? "" : ` at ${at}`}; hookshift shadow watches its pushes from now on`
          )
    }
    yield* options.json
      ? printJson(meant)
      : print(meant.map((poller) => cutoverChecklist(poller, report.pollers)).join("\n"))
  })
