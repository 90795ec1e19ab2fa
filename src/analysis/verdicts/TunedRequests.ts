/** Polling that goes on with another query, page size or embed: other requests at the same moments. Pure. */
import { endpointName } from "../../domain/Endpoint.js"
import { tableOf } from "../../domain/Table.js"
import { type DetectedPoller, isSearchFeed } from "../detection/DetectedPoller.js"
import type { PollerEstimates } from "../estimates/PollerEstimates.js"
import { type DraftAlternative, detailCallsOf, meanYield, pagesOf } from "./DraftAlternative.js"

/** Each with its calls and freshness over the same window. */
export const tunedRequests = (one: PollerEstimates): ReadonlyArray<DraftAlternative> => [
  ...timeFilter(one),
  ...listInPlaceOfSearch(one),
  ...largerPages(one),
  ...embeddedDetails(one),
  ...conditionalRequests(one)
]

/** Only the changes since the last sweep, where the list has a time filter and the poller does not use it. */
const timeFilter = ({ lags, poller }: PollerEstimates): ReadonlyArray<DraftAlternative> => {
  const { endpoint, provider, stream, sweeps } = poller
  const filter = endpoint?.kind === "list" && !poller.fansOut ? endpoint.timeFilter : undefined
  if (filter === undefined || stream.query.includes(filter) || provider === null) return []
  const pagesPerSweep = pagesOf(poller) / sweeps.length
  const perSweep = Math.max(1, Math.ceil(meanYield(poller) / provider.maxPerPage))
  if (perSweep >= pagesPerSweep) return []
  return [
    {
      name: `${filter}= with an overlap`,
      calls: Math.round(pagesPerSweep + (sweeps.length - 1) * perSweep + detailCallsOf(poller)),
      // Without a time to ask from, the first sweep reads the whole list.
      sweeps: () => ({ pages: sweeps.map(({ pages }, at) => (at === 0 ? pages : perSweep)), keepsDetails: true }),
      freshnessSeconds: lags.spread,
      burden: "a change to the program's query, and a place to keep the cursor",
      risk: "without an overlap changes are lost; deletions do not show",
      lost: 0
    }
  ]
}

/** The list with a time filter, where a search is used as a feed of changes. */
const listInPlaceOfSearch = ({ lags, poller }: PollerEstimates): ReadonlyArray<DraftAlternative> => {
  const { endpoint, provider, sweeps } = poller
  const list = isSearchFeed(poller)
    ? provider?.endpoints.find(
        (other) => other.kind === "list" && other.entity === endpoint?.entity && other.timeFilter !== undefined
      )
    : undefined
  if (provider === null || list?.timeFilter === undefined) return []
  const perSweep = Math.max(1, Math.ceil(meanYield(poller) / provider.maxPerPage))
  return [
    {
      name: `${list.timeFilter}= on ${list.template}`,
      calls: sweeps.length * perSweep + detailCallsOf(poller),
      sweeps: () => ({
        pages: sweeps.map(() => perSweep),
        keepsDetails: true,
        endpoint: endpointName(list.method, list.template)
      }),
      freshnessSeconds: lags.spread,
      burden: "another endpoint, and a place to keep the cursor",
      risk: "without an overlap changes are lost; deletions do not show",
      lost: 0
    }
  ]
}

const largerPages = ({ lags, poller }: PollerEstimates): ReadonlyArray<DraftAlternative> => {
  const { endpoint, provider, sweeps } = poller
  if (provider === null || endpoint?.kind !== "list" || poller.fansOut) return []
  const fewestOf = sweeps.map(({ items, pages }) =>
    Math.min(pages, Math.max(1, Math.ceil(items / provider.maxPerPage)))
  )
  const fewest = fewestOf.reduce((sum, pages) => sum + pages, 0)
  if (fewest >= pagesOf(poller)) return []
  return [
    {
      name: `per_page=${provider.maxPerPage}`,
      calls: fewest + detailCallsOf(poller),
      sweeps: () => ({ pages: fewestOf, keepsDetails: true }),
      freshnessSeconds: lags.spread,
      burden: "one parameter",
      risk: "none",
      lost: 0
    }
  ]
}

const embeddedDetails = ({ lags, poller }: PollerEstimates): ReadonlyArray<DraftAlternative> => {
  const embeddable = detailCallsOf(poller) === 0 ? null : embeddedBy(poller)
  if (embeddable === null) return []
  return [
    {
      name: `include=${embeddable.join(",")}`,
      calls: pagesOf(poller),
      sweeps: () => ({ pages: poller.sweeps.map(({ pages }) => pages), keepsDetails: false }),
      freshnessSeconds: lags.spread,
      burden: "one parameter, and reading the embedded part",
      risk: "an embed costs credits of the limit on top",
      lost: 0
    }
  ]
}

/** ETags, where the provider has answered 304. */
const conditionalRequests = ({ lags, poller }: PollerEstimates): ReadonlyArray<DraftAlternative> =>
  poller.own.recording.calls.status.includes(304)
    ? [
        {
          name: "conditional requests (ETag)",
          calls: poller.calls,
          freshnessSeconds: lags.spread,
          burden: "keep the ETag of each page",
          risk: "the calls stay, only bytes are saved",
          lost: 0
        }
      ]
    : []

/** Embeds (`include=`) that replace detail calls, by the path of the call. */
const embeds = tableOf({
  contacts: "requester",
  companies: "company",
  requesters: "requester"
})

const embeddedBy = ({ details }: DetectedPoller): ReadonlyArray<string> | null => {
  const names = details.map(({ recording }) => {
    const segments = recording.stream.template.split("/").filter((part) => part !== "")
    return segments.at(-1)?.startsWith("{") === true ? embeds[segments.at(-2) ?? ""] : undefined
  })
  return names.every((name) => name !== undefined) ? [...new Set(names)] : null
}
