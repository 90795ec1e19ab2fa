/** `hookshift inbox`: lists, shows, retries and purges deliveries. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Shared from "../../SharedOptions.js"

const id = Args.integer({ name: "id" }).pipe(Args.withDescription("The delivery's number, as inbox list shows it"))

const filters = {
  source: Options.text("source").pipe(
    Options.withPseudoName("NAME"),
    Options.withDescription("Only deliveries of this source"),
    Options.optional
  ),
  entity: Options.text("entity").pipe(
    Options.withPseudoName("TYPE"),
    Options.withDescription("Only deliveries of this entity type: ticket"),
    Options.optional
  ),
  entityId: Options.text("entity-id").pipe(
    Options.withPseudoName("ID"),
    Options.withDescription("Only deliveries of the entity with this id"),
    Options.optional
  ),
  event: Options.text("event").pipe(
    Options.withPseudoName("EVENT"),
    Options.withDescription("Only deliveries of this event: ticket_update"),
    Options.optional
  ),
  from: Options.text("from").pipe(
    Options.withPseudoName("TIME"),
    Options.withDescription("Only deliveries received at or after this time (ISO 8601)"),
    Options.optional
  ),
  to: Options.text("to").pipe(
    Options.withPseudoName("TIME"),
    Options.withDescription("Only deliveries received before this time (ISO 8601)"),
    Options.optional
  )
}

export const inboxList = Command.make("list", {
  ...Shared.shared,
  limit: Shared.usually(Options.integer("limit"), 50, "How many deliveries to list, newest first"),
  state: Options.choice("state", ["stored", "delivered", "dead", "quarantined"]).pipe(
    Options.withDescription("Only deliveries in this state"),
    Options.optional
  ),
  ...filters
}).pipe(
  Command.withDescription("Lists the newest deliveries. Example: hookshift inbox list --state dead --limit 20 --json")
)

export const inboxShow = Command.make("show", { ...Shared.shared, id }).pipe(
  Command.withDescription("Shows one delivery with its body. Example: hookshift inbox show 42")
)

export const inboxRetry = Command.make("retry", {
  ...Shared.shared,
  id: id.pipe(Args.optional),
  all: Options.boolean("all").pipe(Options.withDescription("Retry every dead delivery that matches the filters")),
  ...filters
}).pipe(
  Command.withDescription(
    "Hands dead-lettered deliveries over again. Examples: hookshift inbox retry 42; hookshift inbox retry --all --source freshdesk"
  )
)

export const inboxPurge = Command.make("purge", {
  ...Shared.shared,
  olderThan: Options.text("older-than").pipe(
    Options.withPseudoName("DURATION"),
    Options.withDescription("Only deliveries received longer ago than this: 30d, 12h")
  ),
  state: Shared.usually(
    Options.choice("state", ["delivered", "dead", "quarantined"]),
    "delivered",
    "The state to purge; a delivery that waits for its handler is never purged"
  ),
  source: filters.source,
  dryRun: Options.boolean("dry-run").pipe(Options.withDescription("Only count the deliveries; purge nothing"))
}).pipe(
  Command.withDescription(
    "Purges old deliveries. The receiver keeps running meanwhile; a purged delivery is no longer recognised as a duplicate. Example: hookshift inbox purge --older-than 30d"
  )
)

export const inboxRekey = Command.make("rekey", {
  ...Shared.shared,
  giveUpLost: Options.boolean("give-up-lost").pipe(
    Options.withDescription("Continue without a lost key: deliveries sealed with it are dead until the key is back")
  )
}).pipe(
  Command.withDescription(
    "Seals all bodies with a new key. No receiver may run meanwhile; run it again if it was interrupted. Example: hookshift inbox rekey"
  )
)

export const inboxHistory = Command.make("history", {
  ...Shared.shared,
  file: Args.text({ name: "file" }).pipe(Args.withDescription("The file to write"))
}).pipe(
  Command.withDescription(
    "Exports the inbox as a history without bodies. It is for hookshift verify-history. Example: hookshift inbox history inbox.ndjson"
  )
)

export const inbox = Command.make("inbox").pipe(
  Command.withDescription("Lists, shows, retries and purges the receiver's deliveries. Example: hookshift inbox list")
)

export type InboxListOptions = Shared.OptionsOf<typeof inboxList>
export type InboxShowOptions = Shared.OptionsOf<typeof inboxShow>
export type InboxRetryOptions = Shared.OptionsOf<typeof inboxRetry>
export type InboxPurgeOptions = Shared.OptionsOf<typeof inboxPurge>
export type InboxRekeyOptions = Shared.OptionsOf<typeof inboxRekey>
export type InboxHistoryOptions = Shared.OptionsOf<typeof inboxHistory>
