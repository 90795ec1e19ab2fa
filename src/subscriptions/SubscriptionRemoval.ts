/** Removes applied subscriptions: all of a source, or some events. */
import type { HttpClient } from "@effect/platform"
import { Effect } from "effect"
import { entityOf } from "../domain/Event.js"
import type { FreshdeskClient, ProviderError, RuleType } from "../providers/clients.js"
import { type Provider, sweepable } from "../providers/index.js"
import { Store, type StoreUnavailable, type SubscriptionRow } from "../store/service.js"
import { subscriptionOf } from "./AppliedBefore.js"
import { appsOf, describedInstall, type InstallFailed, installApp } from "./app/AppInstall.js"
import type { SubscriptionStatus } from "./SubscriptionStatus.js"
import { rulesPath } from "./Subscriptions.js"

export interface Removal {
  readonly source: string
  readonly provider: Provider
  /** `null` for all. */
  readonly events: ReadonlyArray<string> | null
  readonly client: FreshdeskClient | null
  /** Where the app is installed anew with the events that are left; `null` where a person publishes it. */
  readonly install: { readonly url: string; readonly secret: string } | null
}

/** The subscriptions of a source that a removal takes away, and those that it leaves. */
const partsOf = ({ events, source }: Pick<Removal, "events" | "source">, applied: ReadonlyArray<SubscriptionRow>) => {
  const all = applied.filter((one) => one.source === source)
  const rows = all.filter(({ event }) => events === null || events.includes(event))
  return { rows, left: all.filter((one) => !rows.includes(one)) }
}

/** The apps of removed subscriptions, with the events that stay. */
const appsLeft = (rows: ReadonlyArray<SubscriptionRow>, left: ReadonlyArray<SubscriptionRow>) => {
  const stay = left.filter(({ route }) => route === "app").map(({ event }) => event)
  return appsOf(rows.map(subscriptionOf)).map((app) => ({ ...app, events: stay }))
}

/** The requests of `removeSubscriptions` without secrets, and the steps that are left to a person, for `--dry-run`. */
export const describeRemoval = (
  removal: Pick<Removal, "source" | "provider" | "events"> & { readonly installUrl: string | null },
  applied: ReadonlyArray<SubscriptionRow>
): ReadonlyArray<unknown> => {
  const { installUrl, source } = removal
  const { left, rows } = partsOf(removal, applied)
  const rules = rows.filter(({ remoteId, route }) => route === "rule" && remoteId !== null)
  const byHand = rows.flatMap((one) => {
    const step = stepLeft(one, left, removal.provider, installUrl !== null)
    return step === null ? [] : [{ source: one.source, route: one.route, event: one.event, step }]
  })
  return [
    ...rules.map(({ event, remoteId }) => ({ source, method: "DELETE", path: `${rulesPath(event)}/${remoteId}` })),
    ...(installUrl === null ? [] : appsLeft(rows, left).map((app) => describedInstall(source, installUrl, app))),
    ...byHand
  ]
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
    const { client, install, provider, source } = removal
    const store = yield* Store
    const { left, rows } = partsOf(removal, yield* store.subscriptions)
    const reconciled = (yield* store.reconciledEntities).filter((one) => one.source === source)
    const typesOf = (some: ReadonlyArray<SubscriptionRow>): ReadonlyArray<string> =>
      sweepable(
        provider,
        some.map(({ event }) => entityOf(event))
      )
    const gone = typesOf(rows).filter((entity) => !typesOf(left).includes(entity))
    if (install !== null) for (const app of appsLeft(rows, left)) yield* installApp(install.url, app, install.secret)
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
          note: stepLeft(one, left, provider, install !== null)
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
  provider: Provider,
  installs: boolean
): string | null => {
  const others = left.some((other) => other.route === route)
  if (route === "app") {
    if (installs) return null
    return others
      ? "make the app again with subscriptions app and publish it: no API takes an event out of it"
      : "unpublish the app in the account's admin pages: no API does it"
  }
  if (route === "rule") return null
  return others && provider.runbook?.body === null
    ? "take the event out of the webhook in the product's admin pages: no API does it"
    : "remove the webhook in the product's admin pages: no API does it"
}
