/** Removes applied subscriptions: all of a source, or some events. */
import type { HttpClient } from "@effect/platform"
import { Effect } from "effect"
import { entityOf } from "../domain/Event.js"
import type { FreshdeskClient, ProviderError, RuleType } from "../providers/clients.js"
import { type Provider, sweepable } from "../providers/index.js"
import { Store, type StoreUnavailable, type SubscriptionRow } from "../store/service.js"
import { subscriptionOf } from "./AppliedBefore.js"
import { appsOf, type InstallFailed, installApp } from "./app/AppInstall.js"
import type { SubscriptionStatus } from "./SubscriptionStatus.js"

export interface Removal {
  readonly source: string
  readonly provider: Provider
  /** `null` for all. */
  readonly events: ReadonlyArray<string> | null
  readonly client: FreshdeskClient | null
  /** Where the app is installed anew with the events that are left; `null` where a person publishes it. */
  readonly install: { readonly url: string; readonly secret: string } | null
}

/** A rule that is gone already is not an error. */
export const removeSubscriptions = (
  removal: Removal
): Effect.Effect<
  ReadonlyArray<SubscriptionStatus>,
  ProviderError | StoreUnavailable | InstallFailed,
  Store | HttpClient.HttpClient
> =>
  Effect.gen(function* () {
    const { client, events, install, provider, source } = removal
    const store = yield* Store
    const all = (yield* store.subscriptions).filter((one) => one.source === source)
    const rows = all.filter(({ event }) => events === null || events.includes(event))
    const left = all.filter((one) => !rows.includes(one))
    const reconciled = (yield* store.reconciledEntities).filter((one) => one.source === source)
    const typesOf = (some: ReadonlyArray<SubscriptionRow>): ReadonlyArray<string> =>
      sweepable(
        provider,
        some.map(({ event }) => entityOf(event))
      )
    const gone = typesOf(rows).filter((entity) => !typesOf(left).includes(entity))
    if (install !== null)
      for (const app of appsOf(rows.map(subscriptionOf))) {
        const stay = left.filter(({ route }) => route === "app").map(({ event }) => event)
        yield* installApp(install.url, { ...app, events: stay }, install.secret)
      }
    const removed = yield* Effect.forEach(rows, (one) =>
      Effect.gen(function* () {
        if (one.route === "rule" && client !== null && one.remoteId !== null) {
          yield* client.rules.remove(one.event as RuleType, Number(one.remoteId)).pipe(
            Effect.catchIf(
              (error) => error.reason === "notFound",
              () => Effect.void
            ) // already removed
          )
        }
        yield* store.removeSubscription(one.source, one.route, one.event)
        return {
          source: one.source,
          route: one.route,
          event: one.event,
          state: "removed" as const,
          note: stepLeft(one, left, removal)
        }
      })
    )
    yield* store.setReconciledEntities(
      source,
      left.length === 0 ? [] : reconciled.map(({ entity }) => entity).filter((entity) => !gone.includes(entity))
    )
    return removed
  })

/** The step that is left to a person; `null` for none. */
const stepLeft = (
  { route }: SubscriptionRow,
  left: ReadonlyArray<SubscriptionRow>,
  { install, provider }: Removal
): string | null => {
  const others = left.some((other) => other.route === route)
  if (route === "app") {
    if (install !== null) return null
    return others
      ? "make the app again with subscriptions app and publish it: no API takes an event out of it"
      : "unpublish the app in the account's admin pages: no API does it"
  }
  if (route === "rule") return null
  return others && provider.runbook?.body === null
    ? "take the event out of the webhook in the product's admin pages: no API does it"
    : "remove the webhook in the product's admin pages: no API does it"
}
