/** The inbox, for commands beside a receiver: neither a file nor a key is created. */
import { Effect } from "effect"
import { type Config, type ConfigError, inboxKeyOf } from "../config/service.js"
import { type Inbox, openInbox } from "../receiver/index.js"
import { explain, type StoreError } from "../store/index.js"

export const openedInbox = (db: string, config: Config) =>
  Effect.acquireRelease(
    Effect.flatMap(inboxKeyOf(config), (key) =>
      Effect.try({
        try: () => openInbox(db, { mustExist: true, key }),
        catch: (error) => explain(error, db)
      })
    ),
    (inbox) => Effect.sync(() => inbox.close())
  )

export const withInbox = <A>(
  db: string,
  config: Config,
  use: (inbox: Inbox) => A
): Effect.Effect<A, StoreError | ConfigError> =>
  Effect.scoped(
    Effect.flatMap(openedInbox(db, config), (inbox) =>
      Effect.try({
        try: () => use(inbox),
        catch: (error) => explain(error, db)
      })
    )
  )
