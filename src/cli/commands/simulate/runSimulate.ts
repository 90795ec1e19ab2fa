/** Serves the simulator until it is stopped. */
import { Effect, Option } from "effect"
import { parseFaults } from "../../../audit/index.js"
import { providerOf } from "../../../providers/index.js"
import { type SimulatedProductName, startSimulator } from "../../../simulator/index.js"
import { UsageError } from "../../Failure.js"
import { cannotListen } from "../../Listening.js"
import { addressOf, secondsOf } from "../../OptionValues.js"
import { note, printJson } from "../../Output.js"
import type { SimulateOptions } from "./SimulateCommand.js"

const keysIn = (list: string): ReadonlyArray<string> => list.split(",").filter((key) => key !== "")

export const runSimulate = (options: SimulateOptions) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { host, port } = yield* addressOf(Option.getOrElse(options.listen, () => "127.0.0.1:4010"))
      // The command accepts these names only.
      const products = [...new Set(options.products)] as Array<SimulatedProductName>
      const plans = [...new Set(products.flatMap((product) => Object.keys(providerOf(product)?.plans ?? {})))]
      const plan = Option.getOrUndefined(options.plan)
      if (plan !== undefined && !plans.includes(plan))
        return yield* new UsageError({
          message: `--plan ${plan} is not a known plan: choose one of ${plans.join(", ")}`
        })
      if (options.entities < 1 || options.changesPerHour < 0)
        return yield* new UsageError({
          message: "--entities takes a number from 1 on, --changes-per-hour one from 0 on"
        })
      const searchLag = Option.isSome(options.searchLag) ? yield* secondsOf("search-lag", options.searchLag.value) : 0
      const faults = parseFaults(options.faults)
      if (typeof faults === "string") return yield* new UsageError({ message: `--faults: ${faults}` })
      const simulator = yield* Effect.acquireRelease(
        Effect.tryPromise({
          try: () =>
            startSimulator({
              host,
              port,
              products,
              ...(plan === undefined ? {} : { plan }),
              seed: options.seed,
              entities: options.entities,
              changesPerHour: options.changesPerHour,
              faults: { drop: faults.drop, duplicate: faults.duplicate, reorder: faults.reorder, delay: faults.delay },
              searchLagMs: searchLag * 1000,
              revoked: keysIn(options.revoked),
              restricted: keysIn(options.restricted)
            }),
          catch: (error) => cannotListen(`${host}:${port}`, error, "address with --listen")
        }),
        (running) => Effect.promise(() => running.close())
      )
      if (faults.outageSeconds > 0) {
        yield* Effect.sleep(`${faults.outageAfterSeconds} seconds`).pipe(
          Effect.andThen(Effect.sync(() => simulator.setFaults({ receiverDown: true }))),
          Effect.andThen(Effect.sleep(`${faults.outageSeconds} seconds`)),
          Effect.andThen(Effect.sync(() => simulator.setFaults({ receiverDown: false }))),
          Effect.forkScoped
        )
      }
      if (options.json) yield* printJson({ url: simulator.url, port: simulator.port })
      else {
        for (const { account, provider } of simulator.products)
          yield* note(
            `${provider.product} (${account}) at ${simulator.url}${products.length === 1 ? ` and ${simulator.url}` : ""}/${provider.product}`
          )
        yield* note(`control plane at ${simulator.url}/_sim/; any API key works`)
      }
      return yield* Effect.never
    })
  )
