/** The lists of each product that can be answered from known states. */
import { describedLists } from "./described/describedLists.js"
import { freshchatDependants, freshchatLinks, freshchatLists } from "./freshchat/Lists.js"
import { freshdeskLists, ticketSearch } from "./freshdesk/Lists.js"
import { freshsalesLists } from "./freshsales/Lists.js"
import { freshserviceLists } from "./freshservice/Lists.js"
import type { DependantRule, EmbedRule, ListRule } from "./ListRule.js"
import type { CatalogueEndpoint, Provider } from "./Provider.js"
import type { SearchRule } from "./SearchRule.js"

type Of = Pick<Provider, "product">

/** Names of the parts that are the item's own. */
export const ownPartsOf = (embeds: ReadonlyArray<EmbedRule>): ReadonlyArray<string> =>
  embeds.flatMap(({ name, own }) => (own === true ? [name] : []))

const lists: Readonly<Record<string, ReadonlyArray<ListRule>>> = {
  freshdesk: freshdeskLists,
  freshservice: freshserviceLists,
  freshsales: freshsalesLists,
  freshchat: freshchatLists
}

const searches: Readonly<Record<string, ReadonlyArray<SearchRule>>> = { freshdesk: [ticketSearch] }

export const searchesOf = ({ product }: Of): ReadonlyArray<SearchRule> => searches[product] ?? []

export const listsOf = ({ described, product }: Of & Pick<Provider, "described">): ReadonlyArray<ListRule> =>
  described === undefined ? (lists[product] ?? []) : describedLists(described)

/** Request headers that change a product's answers: a request with one of them is not answered from states. */
export const variesBy = ({ described }: Pick<Provider, "described">): ReadonlyArray<string> =>
  (described?.variesBy ?? []).map((name) => name.toLowerCase())

const dependants: Readonly<Record<string, ReadonlyArray<DependantRule>>> = { freshchat: freshchatDependants }

/** Dependants that move no stamp of their parent's. */
export const dependantRulesOf = ({ product }: Of): ReadonlyArray<DependantRule> => dependants[product] ?? []

const links: Readonly<Record<string, Readonly<Partial<Record<CatalogueEndpoint["kind"], ReadonlyArray<string>>>>>> = {
  freshchat: freshchatLinks
}

/** Where answers of an endpoint have addresses of the API in their bodies: names by dots, `*` for each member. */
export const linksInBodyOf = ({ product }: Of, { kind }: CatalogueEndpoint): ReadonlyArray<string> =>
  links[product]?.[kind] ?? []
