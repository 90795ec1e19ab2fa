/** `hookshift watch`: a live page on loopback. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Shared from "../../SharedOptions.js"

export const usualWatchAddress = "127.0.0.1:8790"

export const watch = Command.make("watch", {
  ...Shared.shared,
  listen: Options.text("listen").pipe(
    Options.withDescription(`Address of the page, on loopback: HOST:PORT or PORT; default ${usualWatchAddress}`),
    Options.withDefault<string>(usualWatchAddress)
  )
}).pipe(
  Command.withDescription(
    "Shows a live page: the recording, the pollers found so far, the live comparison and the receiver's health; with --json each change is a line as well. Example: hookshift watch"
  )
)

export type WatchOptions = Shared.OptionsOf<typeof watch>
