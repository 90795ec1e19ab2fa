/** The lists of each product that can be answered from known states. */
import { freshdeskLists, ticketSearch } from "./freshdesk/Lists.js"
import { freshserviceLists } from "./freshservice/Lists.js"
import type { ListRule } from "./ListRule.js"
import type { Provider } from "./Provider.js"
import type { SearchRule } from "./SearchRule.js"

const lists: Readonly<Record<string, ReadonlyArray<ListRule>>> = {
  freshdesk: freshdeskLists,
  freshservice: freshserviceLists
}

const searches: Readonly<Record<string, ReadonlyArray<SearchRule>>> = { freshdesk: [ticketSearch] }

export const searchesOf = ({ product }: Pick<Provider, "product">): ReadonlyArray<SearchRule> => searches[product] ?? []

export const listsOf = ({ product }: Pick<Provider, "product">): ReadonlyArray<ListRule> => lists[product] ?? []
