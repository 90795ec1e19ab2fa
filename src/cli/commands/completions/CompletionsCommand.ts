/** `hookshift completions`: completions for the shell. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Shared from "../../SharedOptions.js"

export const completions = Command.make("completions", {
  shell: Args.choice(
    [
      ["bash", "bash" as const],
      ["zsh", "zsh" as const],
      ["fish", "fish" as const]
    ],
    { name: "shell" }
  ).pipe(Args.withDescription("The shell that they are for")),
  install: Options.boolean("install").pipe(
    Options.withDescription("Write them where the shell looks for them, in place of printing them")
  ),
  debug: Shared.debug
}).pipe(
  Command.withDescription(
    "Prints or installs completions for bash, zsh or fish. Example: hookshift completions bash --install"
  )
)

export type CompletionsOptions = Shared.OptionsOf<typeof completions>
