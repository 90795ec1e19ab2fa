/** The subscriptions that were applied, as rows of the database. */
import { actionOf } from "../domain/Event.js"
import type { EpochMillis } from "../domain/Time.js"
import type { Database } from "./Database.js"

export interface SubscribedEvent {
  readonly source: string
  readonly route: string
  readonly event: string
  /** Whether the provider has taken it, or it has delivered. */
  readonly active: boolean
  /** `subscriptions status` found it switched off, missing, or no longer firing: nothing comes by it. */
  readonly off: boolean
  /** When it was last applied; `null` where that is not known. */
  readonly appliedAt: EpochMillis | null
  /** The fields that a rule or workflow watches; empty for all. */
  readonly watches: ReadonlyArray<string>
}

/** States in which nothing comes by a subscription; one that was changed at the provider may lose some. */
const offStates = "'inactive', 'missing', 'outdated'"
export const lossyStates = `${offStates}, 'changed'`

interface SubscribedRow extends Omit<SubscribedEvent, "active" | "off" | "watches"> {
  readonly active: 0 | 1
  readonly off: 0 | 1
  readonly fields: string
}

/** Reads them anew each time. */
export const subscribedEvents = (database: Database): (() => ReadonlyArray<SubscribedEvent>) => {
  const rows = database.prepare<[], SubscribedRow>(
    `SELECT source, route, event, state = 'active' AS active, state IN (${offStates}) AS off,
       applied_at AS appliedAt, fields FROM subscription`
  )
  return () =>
    rows.all().map(({ active, fields, off, ...row }) => ({
      ...row,
      active: active === 1,
      off: off === 1,
      watches: row.route === "app" ? [] : watchesOf(row.event, fields)
    }))
}

/** A workflow that watches its action alone fires on any field. */
const watchesOf = (event: string, fields: string): ReadonlyArray<string> => {
  const { watches = [] } = JSON.parse(fields) as { readonly watches?: ReadonlyArray<string> }
  return watches.filter((watched) => watched !== actionOf(event))
}
