/** Shows the next step of a webhook secret's rotation. */
import { existsSync } from "node:fs"
import { Effect, Option } from "effect"
import { type Config, neededWebhooks, type Source, type Webhook, webhookSecretsOf } from "../../../config/service.js"
import { rotationStep, secretHandOver } from "../../../subscriptions/index.js"
import { GateFailed, UsageError } from "../../Failure.js"
import { withInbox } from "../../OpenInbox.js"
import { print, printJson } from "../../Output.js"
import { chosen } from "./PlannedSubscriptions.js"
import type { RotateOptions } from "./SubscriptionsCommand.js"

/** The variable or file of a secret, for sentences. */
const secretName = (setting: { readonly secretEnv?: string | undefined; readonly secretFile?: string | undefined }) =>
  setting.secretEnv ?? setting.secretFile ?? null

const previousName = ({ previousSecretEnv, previousSecretFile }: Webhook["setting"]) =>
  secretName({ secretEnv: previousSecretEnv, secretFile: previousSecretFile })

/** The routes whose secrets are rotated: the one that is named, else those with a place for the old secret. */
const rotated = (source: Source, { route }: RotateOptions) =>
  Effect.gen(function* () {
    const webhooks = yield* neededWebhooks(source)
    if (Option.isNone(route)) {
      const prepared = webhooks.filter(({ setting }) => previousName(setting) !== null)
      return prepared.length === 0 ? webhooks : prepared
    }
    const found = webhooks.filter((webhook) => webhook.route === route.value)
    if (found.length > 0) return found
    return yield* new UsageError({
      message: `--route ${route.value} is no route of ${source.name}: choose ${source.routes.join(" or ")}`
    })
  })

/** Each route's secret is rotated by itself. */
const stepOf = (db: string, config: Config, source: Source, webhook: Webhook) =>
  Effect.gen(function* () {
    const { installUrl, place, route, setting } = webhook
    const secrets = yield* webhookSecretsOf(webhook)
    // Without a database no receiver has used a secret yet.
    const [current = null, previous = null] = existsSync(db)
      ? yield* withInbox(db, config, (inbox) => inbox.secretUses(source.name, secrets))
      : []
    const previousSet = secrets.length > 1
    const step = rotationStep({
      place,
      currentName: secretName(setting) ?? "the secret",
      previousName: previousName(setting),
      previousSet,
      same: previousSet && secrets[0] === secrets[1],
      current,
      previous: previousSet ? previous : null,
      handOver: secretHandOver(source.name, source.provider, route, installUrl !== null),
      now: Date.now()
    })
    return { route, step }
  })

export const runRotate = (options: RotateOptions) =>
  Effect.gen(function* () {
    const { config, sources } = yield* chosen({ ...options, source: Option.some(options.name) })
    const source = sources[0]!
    const steps = yield* Effect.forEach(yield* rotated(source, options), (webhook) =>
      stepOf(options.db, config, source, webhook)
    )
    const [only] = steps
    yield* steps.length === 1
      ? options.json
        ? printJson(only!.step)
        : print(only!.step.say)
      : options.json
        ? printJson(steps.map(({ route, step }) => ({ route, ...step })))
        : print(steps.map(({ route, step }) => `${route}: ${step.say}`).join("\n"))
    const open = steps.filter(({ step }) => !step.done)
    if (open.length > 0)
      return yield* new GateFailed({
        message: `the rotation of ${source.name} is not over: ${open.map(({ step }) => step.step).join(", ")}`
      })
  })
