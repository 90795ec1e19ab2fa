/** `hookshift inbox`: what arrived, what failed, deliver again. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Shared from "../../SharedOptions.js"

const id = Args.integer({ name: "id" })

const filters = {
  source: Options.text("source").pipe(Options.withDescription("Of this source"), Options.optional),
  entity: Options.text("entity").pipe(Options.withDescription("Of this entity type: ticket"), Options.optional),
  entityId: Options.text("entity-id").pipe(Options.withDescription("Of the entity with this id"), Options.optional),
  event: Options.text("event").pipe(Options.withDescription("Of this event: ticket_update"), Options.optional),
  from: Options.text("from").pipe(Options.withDescription("Received at or after this time"), Options.optional),
  to: Options.text("to").pipe(Options.withDescription("Received before this time"), Options.optional)
}

export const inboxList = Command.make("list", {
  ...Shared.shared,
  limit: Options.integer("limit").pipe(Options.withDefault(50), Options.withDescription("The newest N")),
  state: Options.choice("state", ["stored", "delivered", "dead", "quarantined"]).pipe(Options.optional),
  ...filters
}).pipe(Command.withDescription("The newest deliveries. Example: hookshift inbox list --state dead --limit 20 --json"))

export const inboxShow = Command.make("show", { ...Shared.shared, id }).pipe(
  Command.withDescription("One delivery with its body. Example: hookshift inbox show 42")
)

export const inboxRetry = Command.make("retry", {
  ...Shared.shared,
  id: id.pipe(Args.optional),
  all: Options.boolean("all").pipe(Options.withDescription("Every dead delivery that the filters let through")),
  ...filters
}).pipe(
  Command.withDescription(
    "Hands dead deliveries over again. Examples: hookshift inbox retry 42 ; hookshift inbox retry --all --source freshdesk"
  )
)

export const inboxPurge = Command.make("purge", {
  ...Shared.shared,
  olderThan: Options.text("older-than").pipe(Options.withDescription("Received longer ago than this: 30d, 12h")),
  state: Options.choice("state", ["delivered", "dead", "quarantined"]).pipe(
    Options.withDescription("What may go; what still waits for its handler never does"),
    Options.withDefault("delivered" as const)
  ),
  source: filters.source,
  dryRun: Options.boolean("dry-run").pipe(Options.withDescription("Only count"))
}).pipe(
  Command.withDescription(
    "Lets go of deliveries that are not needed any more, while the receiver goes on. A delivery that is gone is not known as a duplicate any more. Example: hookshift inbox purge --older-than 30d"
  )
)

export const inboxRekey = Command.make("rekey", {
  ...Shared.shared,
  giveUpLost: Options.boolean("give-up-lost").pipe(
    Options.withDescription("Go on without a key that is lost: its deliveries are dead until it returns")
  )
}).pipe(
  Command.withDescription(
    "Seals all bodies with a new key, while no receiver runs; run again where it was cut off. Example: hookshift inbox rekey"
  )
)

export const inboxHistory = Command.make("history", {
  ...Shared.shared,
  file: Args.text({ name: "file" }).pipe(Args.withDescription("Where to write it"))
}).pipe(
  Command.withDescription(
    "Writes what the inbox holds as a history, for hookshift verify-history: no bodies. Example: hookshift inbox history inbox.ndjson"
  )
)

export const inbox = Command.make("inbox").pipe(Command.withDescription("What arrived, what failed, deliver again"))

export type InboxListOptions = Shared.OptionsOf<typeof inboxList>
export type InboxShowOptions = Shared.OptionsOf<typeof inboxShow>
export type InboxRetryOptions = Shared.OptionsOf<typeof inboxRetry>
export type InboxPurgeOptions = Shared.OptionsOf<typeof inboxPurge>
export type InboxRekeyOptions = Shared.OptionsOf<typeof inboxRekey>
export type InboxHistoryOptions = Shared.OptionsOf<typeof inboxHistory>
