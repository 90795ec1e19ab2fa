/**
 * The app route where an account provisions its own apps over HTTP (`webhook.installUrl`): an app is installed whole,
 * with all events of its source, and the installed ones are read where the address answers a GET.
 */
import { HttpClient, HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { Effect, Schema } from "effect"
import type { PlannedSubscription } from "../SubscriptionPlan.js"

/** `installUrl` refused the request, or could not be reached. */
export class InstallFailed extends Schema.TaggedError<InstallFailed>()("InstallFailed", { message: Schema.String }) {}

export interface App {
  readonly product: string
  readonly url: string
  readonly events: ReadonlyArray<string>
}

/** The apps of a plan, one for each hook. */
export const appsOf = (plan: ReadonlyArray<PlannedSubscription>): ReadonlyArray<App> => {
  const byTarget = new Map<string, { product: string; url: string; events: Array<string> }>()
  for (const subscription of plan) {
    if (subscription.route !== "app") continue
    const app = byTarget.get(subscription.target) ?? {
      product: subscription.product,
      url: subscription.target,
      events: []
    }
    app.events.push(subscription.event)
    byTarget.set(subscription.target, app)
  }
  return [...byTarget.values()]
}

/** In place of the app that the address has for the same hook. */
export const installApp = (
  installUrl: string,
  app: App,
  secret: string
): Effect.Effect<void, InstallFailed, HttpClient.HttpClient> =>
  HttpClientRequest.post(installUrl).pipe(
    HttpClientRequest.bodyUnsafeJson({ ...app, secret }),
    HttpClient.execute,
    Effect.mapError(
      () => new InstallFailed({ message: `${installUrl} could not be reached: check webhook.installUrl` })
    ),
    Effect.flatMap((response) =>
      response.status >= 200 && response.status < 300
        ? Effect.void
        : Effect.fail(
            new InstallFailed({
              message: `${installUrl} answered ${response.status} to the app install: check webhook.installUrl`
            })
          )
    )
  )

const InstalledApps = Schema.Array(Schema.Struct({ url: Schema.String, events: Schema.Array(Schema.String) }))
export type InstalledApps = typeof InstalledApps.Type

/** `null` where they cannot be read: a published app has no API, and the address need not answer a GET. */
export const installedApps = (
  installUrl: string | null
): Effect.Effect<InstalledApps | null, never, HttpClient.HttpClient> =>
  installUrl === null
    ? Effect.succeed(null)
    : HttpClient.get(installUrl).pipe(
        Effect.flatMap(HttpClientResponse.filterStatusOk),
        Effect.flatMap(HttpClientResponse.schemaBodyJson(InstalledApps)),
        Effect.scoped,
        Effect.timeout("10 seconds"),
        // Any failure means not read: the status says so of each subscription.
        Effect.orElseSucceed(() => null)
      )
