/** `hookshift watch`: a live page on loopback. */
import * as Command from "@effect/cli/Command"
import * as Shared from "../../SharedOptions.js"

const usualWatchAddress = "127.0.0.1:8790"

export const watch = Command.make("watch", {
  ...Shared.shared,
  listen: Shared.textWithDefault("listen", usualWatchAddress, "Address of the page, on loopback", "HOST:PORT")
}).pipe(
  Command.withDescription(
    "Shows the migration as a live page on loopback. It has the recording, the pollers found so far, the live comparison and the receiver's health; with --json each change is a line as well. Example: hookshift watch"
  )
)

export type WatchOptions = Shared.OptionsOf<typeof watch>
