/** The store for commands that only read it, or that make it late. */
import { accessSync, constants, existsSync } from "node:fs"
import { dirname } from "node:path"
import { Context, Effect, Layer } from "effect"
import { explain } from "../store/index.js"
import { Store, StoreUnavailable } from "../store/service.js"

export const readStore = (file: string) => Store.layer(file, { mustExist: true, readsOnly: true })

/** For commands that go on without a database, and make none: an empty one in memory where there is no file. */
export const readStoreIfAny = (file: string) =>
  Layer.suspend(() => (existsSync(file) ? readStore(file) : Store.layer(":memory:")))

/** Before anything is made that no database would know. Without a file its folder is looked at. */
const assertWritable = (file: string): Effect.Effect<void, StoreUnavailable> =>
  Effect.try({
    try: () =>
      existsSync(file)
        ? accessSync(file, constants.W_OK)
        : accessSync(`${dirname(file)}/.`, constants.W_OK | constants.X_OK),
    catch: (error) => {
      const { message, reason } = explain(error, file)
      return new StoreUnavailable({ reason, message })
    }
  })

/**
 * For a command whose work begins elsewhere: a file that is not there is made with the first subscription that is to be
 * kept. Until then nothing is applied.
 */
export const storeOnceApplied = (file: string) =>
  Layer.scoped(
    Store,
    Effect.gen(function* () {
      yield* assertWritable(file)
      const scope = yield* Effect.scope
      const open = (place: string) =>
        Effect.map(Layer.buildWithScope(Store.layer(place), scope), (context) => Context.get(context, Store))
      if (existsSync(file)) return yield* open(file)
      let store = yield* open(":memory:")
      const made = yield* Effect.cached(
        Effect.tap(open(file), (opened) =>
          Effect.sync(() => {
            store = opened
          })
        )
      )
      return {
        ...store,
        subscriptions: Effect.suspend(() => store.subscriptions),
        reconciledEntities: Effect.suspend(() => store.reconciledEntities),
        saveSubscription: (row) => Effect.flatMap(made, (opened) => opened.saveSubscription(row)),
        setReconciledEntities: (source, entities) =>
          Effect.flatMap(made, (opened) => opened.setReconciledEntities(source, entities))
      }
    })
  )
