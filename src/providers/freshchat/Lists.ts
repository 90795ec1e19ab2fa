/**
 * Freshchat's lists and dependants (FRESHWORKS.md, "Lists and pages"). Agents are not among them: no event and no stamp
 * tells of their availability.
 */
import { type DependantRule, type ListRule, type PagesInBody, plainList } from "../ListRule.js"

const pagesInBody: PagesInBody = {
  figuresAt: "pagination",
  figures: { total_items: "items", total_pages: "pages", current_page: "page", items_per_page: "perPage" },
  linksAt: "links",
  links: { first_page: "first", last_page: "last", next_page: "next", previous_page: "previous" }
}

const perPage = "items_per_page"

export const freshchatLists: ReadonlyArray<ListRule> = [
  {
    ...plainList,
    template: "/v2/users",
    entity: "user",
    perPage: { parameter: perPage, usual: 10 },
    // The order by change time is assumed.
    order: { by: ["updated_time", "moment"], direction: "asc" },
    timeUnitMs: 1,
    pagesInBody
  }
]

/** That a conversation moves no stamp of its user, and a message none of its conversation, is assumed. */
export const freshchatDependants: ReadonlyArray<DependantRule> = [
  {
    template: "/v2/users/{uuid}/conversations",
    entity: "conversation",
    idField: "id",
    namesOnly: true,
    perPage: null,
    pagesInBody: null
  },
  {
    template: "/v2/conversations/{uuid}/messages",
    entity: "message",
    idField: "id",
    namesOnly: false,
    perPage,
    pagesInBody
  }
]

/** Addresses in bodies, which clients follow as they are. */
export const freshchatLinks = {
  list: ["links.*.href"],
  children: ["links.*.href", "conversations.*.link.href"]
} as const
