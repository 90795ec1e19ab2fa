/** The checklist of a cut-over, and the record of when it happened. */
import { Clock, Effect } from "effect"
import { cutoverChecklist } from "../../../shadow/index.js"
import { endCutovers, explain, noteCutover } from "../../../store/index.js"
import { GateFailed, UsageError } from "../../Failure.js"
import { tellStored } from "../../Migration.js"
import { print, printJson } from "../../Output.js"
import { choiceOf, looking } from "../shadow/LiveComparison.js"
import type { CutoverOptions } from "./CutoverCommand.js"
import { pollersNamed } from "./pollersNamed.js"
import { runMirrorCutover } from "./runMirrorCutover.js"

export const runCutover = (options: CutoverOptions) =>
  Effect.gen(function* () {
    if (options.done && options.undo)
      return yield* new UsageError({ message: "--done and --undo say opposite things: choose one" })
    if (options.mirror) return yield* runMirrorCutover(options)
    yield* tellStored(choiceOf(options))
    const { evidence, report } = yield* Effect.flatten(looking(options))
    const meant = yield* pollersNamed(options, report.pollers)
    const now = yield* Clock.currentTimeMillis
    const attempt = <A>(write: () => A) => Effect.try({ try: write, catch: (error) => explain(error, options.db) })
    if (options.undo) {
      const ids = evidence.cutovers
        .filter((one) =>
          meant.some((poller) => poller.integration === one.integration && poller.endpoint === one.endpoint)
        )
        .map(({ id }) => id)
      const ended = yield* attempt(() => endCutovers(options.db, ids, now))
      if (ended === 0)
        return yield* new UsageError({
          message: `${options.integration} is not written down as cut over: nothing to undo`
        })
      return yield* options.json ? printJson({ ended }) : print(`written down: ${options.integration} polls again`)
    }
    if (options.done) {
      const unsafe = meant.find(({ verdict }) => verdict !== "safe" && verdict !== "cutOver")
      if (unsafe !== undefined && !options.force)
        return yield* new GateFailed({
          message: `${unsafe.endpoint} (${unsafe.entity}) is not safe to cut over: ${unsafe.why}; --force writes it down all the same`
        })
      const fresh = meant.filter(({ source, verdict }) => verdict !== "cutOver" && source !== null)
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
      return yield* options.json
        ? printJson({ cutOver: fresh })
        : print(`written down: ${options.integration} is switched off; hookshift shadow watches its pushes from now on`)
    }
    yield* options.json ? printJson(meant) : print(meant.map(cutoverChecklist).join("\n"))
  })
