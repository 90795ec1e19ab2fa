/** The lists of each product that can be answered from known states. */
import { freshdeskLists } from "./freshdesk/Lists.js"
import { freshserviceLists } from "./freshservice/Lists.js"
import type { ListRule } from "./ListRule.js"
import type { Provider } from "./Provider.js"

const lists: Readonly<Record<string, ReadonlyArray<ListRule>>> = {
  freshdesk: freshdeskLists,
  freshservice: freshserviceLists
}

export const listsOf = ({ product }: Pick<Provider, "product">): ReadonlyArray<ListRule> => lists[product] ?? []
