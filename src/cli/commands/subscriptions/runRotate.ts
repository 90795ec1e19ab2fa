/** Shows the next step of a webhook secret's rotation. */
import { Effect, Option } from "effect"
import { webhookSecretsOf } from "../../../config/service.js"
import { Store } from "../../../store/service.js"
import { rotationStep, secretHandOver } from "../../../subscriptions/index.js"
import { GateFailed } from "../../Failure.js"
import { withInbox } from "../../OpenInbox.js"
import { print, printJson } from "../../Output.js"
import { chosen } from "./PlannedSubscriptions.js"
import type { RotateOptions } from "./SubscriptionsCommand.js"

/** The variable or file of a secret, for sentences. */
const secretName = (setting: { readonly secretEnv?: string | undefined; readonly secretFile?: string | undefined }) =>
  setting.secretEnv ?? setting.secretFile ?? null

export const runRotate = (options: RotateOptions) =>
  Effect.gen(function* () {
    const { config, sources } = yield* chosen({ ...options, source: Option.some(options.name) })
    const source = sources[0]!
    const { webhook } = source.config
    const secrets = yield* webhookSecretsOf(source)
    const previousName =
      secretName({ secretEnv: webhook?.previousSecretEnv, secretFile: webhook?.previousSecretFile }) ?? null
    const [current = null, previous = null] = yield* withInbox(options.db, config, (inbox) =>
      inbox.secretUses(source.name, secrets)
    )
    const previousSet = secrets.length > 1
    const step = rotationStep({
      source: source.name,
      currentName: secretName(webhook ?? {}) ?? "the secret",
      previousName,
      previousSet,
      same: previousSet && secrets[0] === secrets[1],
      current,
      previous: previousSet ? previous : null,
      handOver: secretHandOver(source.name, source.provider, source.routes[0]!),
      now: Date.now()
    })
    yield* options.json ? printJson(step) : print(step.say)
    if (!step.done)
      return yield* new GateFailed({ message: `the rotation of ${source.name} is not over: ${step.step}` })
  }).pipe(Effect.provide(Store.layer(options.db)))
