/** Names that tell pollers apart: the same endpoint may be polled at two accounts, or with two query shapes. Pure. */

interface Named {
  readonly integration: string
  readonly account: string
  readonly source: string | null
  readonly endpoint: string
  readonly query: string
  readonly entity: string
}

/** As `--source` takes it: the source, or the account where the configuration has none. */
export const sourceName = ({ account, source }: Pick<Named, "account" | "source">): string => source ?? account

/** `null` where all are of one account. */
export const sourceAmong = (
  poller: Pick<Named, "account" | "source">,
  all: ReadonlyArray<Pick<Named, "account">>
): string | null => (new Set(all.map(({ account }) => account)).size > 1 ? sourceName(poller) : null)

/** Its endpoint, with its query where another differs from it in that alone, and its source where there are several. */
export const endpointAmong = (poller: Named, all: ReadonlyArray<Named>): string => {
  const sameButQuery = all.some(
    (other) =>
      other.query !== poller.query &&
      other.integration === poller.integration &&
      other.account === poller.account &&
      other.endpoint === poller.endpoint &&
      other.entity === poller.entity
  )
  const source = sourceAmong(poller, all)
  return `${poller.endpoint}${sameButQuery && poller.query !== "" ? `?${poller.query}` : ""}${source === null ? "" : ` of ${source}`}`
}
