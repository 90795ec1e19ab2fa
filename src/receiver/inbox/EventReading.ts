/** How the inbox reads deliveries: by the product of their source in the current settings. */
import { actionOf, type PushedEvent } from "../../domain/Event.js"
import { parseTimestamp } from "../../domain/Time.js"
import { type Provider, providerOf } from "../../providers/index.js"
import type { ReadingSettings } from "./ThreadMessages.js"

export interface EventReading {
  readonly use: (settings: ReadingSettings) => void
  readonly providerOf: (source: string) => Provider | null
  readonly serviceAccountOf: (source: string) => string | null
  /** Whether an event lacks its entity, and has to be hydrated. */
  readonly isThin: (event: PushedEvent) => boolean
  /** The stamp in an event's snapshot. */
  readonly stampOf: (source: string, event: PushedEvent) => number | null
}

/** `hydrates`: the receiver can fetch entities. */
export const makeEventReading = (first: ReadingSettings, hydrates: boolean): EventReading => {
  let { sources } = first
  const provider = (source: string): Provider | null => providerOf(sources[source]?.product ?? "freshdesk")
  return {
    use: (settings) => {
      sources = settings.sources
    },
    providerOf: provider,
    serviceAccountOf: (source) => sources[source]?.serviceAccount ?? null,
    isThin: (event) => hydrates && event.snapshot === null && actionOf(event.event) !== "delete",
    stampOf: (source, { entity, snapshot }) =>
      parseTimestamp(snapshot?.[provider(source)?.entities[entity]?.updatedAtField ?? "updated_at"])
  }
}
