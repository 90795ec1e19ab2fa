/** Seals all bodies with a new key. */
import { Effect } from "effect"
import { inboxKeyOf } from "../../../config/service.js"
import { rekeyInbox } from "../../../receiver/index.js"
import { explain } from "../../../store/index.js"
import { keeping } from "../../Interruption.js"
import { print, printJson } from "../../Output.js"
import { configOf } from "./InboxAccess.js"
import type { InboxRekeyOptions } from "./InboxCommand.js"

export const runInboxRekey = (options: InboxRekeyOptions) =>
  Effect.gen(function* () {
    const key = yield* Effect.flatMap(configOf(options), inboxKeyOf)
    const done = yield* Effect.tryPromise({
      try: () => rekeyInbox(options.db, { giveUpLost: options.giveUpLost, key }),
      catch: (error) => explain(error, options.db)
    }).pipe(keeping("bodies may be sealed with either key, and both are kept: run it again to complete it"))
    if (options.json) return yield* printJson(done)
    const kept =
      key !== undefined
        ? "; the previous key can be removed from its setting once no backup needs it"
        : done.keptIn.length === 0
          ? ""
          : `; the previous key is in ${done.keptIn.join(", ")}: backups made until now need it`
    yield* print(
      `${done.bodies} ${done.bodies === 1 ? "body is" : "bodies are"} sealed anew with the key ${done.key}${kept}`
    )
    if (done.lost > 0)
      yield* print(
        `${done.lost} ${done.lost === 1 ? "body stays" : "bodies stay"} sealed with a key that is lost: when it returns, add it to the key file as a further line, then hookshift inbox retry --all`
      )
  })
