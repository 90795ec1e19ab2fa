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

/** Longest time for an answer to an install. */
const installWithin = "30 seconds"
const listWithin = "10 seconds"

/** Without credentials and query, which may hold a token. */
export const placeOf = (installUrl: string): string => {
  const { origin, pathname } = new URL(installUrl)
  return `${origin}${pathname}`
}

export const notReached = (installUrl: string): string =>
  `${placeOf(installUrl)} could not be reached: check webhook.installUrl`

/** Stands for the webhook secret in requests that are only shown. */
export const hiddenSecret = "(the webhook secret)"

/** The request of `installApp` without its secret, for `--dry-run`; without an address a person publishes the app. */
export const describedInstall = (source: string, installUrl: string | null, app: App) => ({
  source,
  method: "POST",
  url: installUrl === null ? "(a person publishes the app)" : placeOf(installUrl),
  body: { ...app, secret: hiddenSecret }
})

/** In place of the app that the address has for the same hook. */
export const installApp = (
  installUrl: string,
  app: App,
  secret: string
): Effect.Effect<void, InstallFailed, HttpClient.HttpClient> =>
  HttpClientRequest.post(installUrl).pipe(
    HttpClientRequest.bodyUnsafeJson({ ...app, secret }),
    HttpClient.execute,
    Effect.timeout(installWithin),
    Effect.mapError(() => new InstallFailed({ message: notReached(installUrl) })),
    Effect.flatMap((response) =>
      response.status >= 200 && response.status < 300
        ? Effect.void
        : Effect.fail(
            new InstallFailed({
              message: `${placeOf(installUrl)} answered ${response.status} to the app install: check webhook.installUrl`
            })
          )
    )
  )

const InstalledApps = Schema.Array(Schema.Struct({ url: Schema.String, events: Schema.Array(Schema.String) }))
export type InstalledApps = typeof InstalledApps.Type

/** `unlisted`: it need not answer a GET with the apps. `unreachable`: it did not answer at all. */
export type ReadApps =
  | { readonly tag: "listed"; readonly apps: InstalledApps }
  | { readonly tag: "unlisted" }
  | { readonly tag: "unreachable"; readonly say: string }

export const installedApps = (installUrl: string): Effect.Effect<ReadApps, never, HttpClient.HttpClient> =>
  HttpClient.get(installUrl).pipe(
    Effect.flatMap((response) =>
      HttpClientResponse.filterStatusOk(response).pipe(
        Effect.flatMap(HttpClientResponse.schemaBodyJson(InstalledApps)),
        Effect.map((apps): ReadApps => ({ tag: "listed", apps })),
        // A refusal, and a body of another shape, are answers.
        Effect.orElseSucceed((): ReadApps => ({ tag: "unlisted" }))
      )
    ),
    Effect.scoped,
    Effect.timeout(listWithin),
    Effect.orElseSucceed((): ReadApps => ({ tag: "unreachable", say: notReached(installUrl) }))
  )
