/**
 * Which changes a product tells of, by route: read from the vendors' documentation for this proof, and shared with
 * nothing that it examines.
 */
import type { TrueChange } from "../../src/replay/index.js"
import type { Product } from "./Ways.js"

interface Telling {
  readonly create: boolean
  readonly delete: boolean
  /** Fields whose change is told; `all` of them, or none. */
  readonly update: ReadonlyArray<string> | "all"
  /** A reply is told as an update of its ticket. */
  readonly replies?: true
}

const made = (update: Telling["update"]): Telling => ({ create: true, delete: false, update })

const ticketFields = [
  "status",
  "priority",
  "type",
  "source",
  "responder_id",
  "group_id",
  "spam",
  "is_escalated",
  "fr_escalated"
]

const tellings: Readonly<Record<string, Readonly<Record<string, Telling>>>> = {
  "freshdesk app": {
    ticket: { create: true, delete: true, update: ticketFields },
    contact: made([
      "name",
      "job_title",
      "email",
      "company_id",
      "phone",
      "mobile",
      "address",
      "time_zone",
      "language",
      "unique_external_id",
      "tags",
      "description"
    ]),
    company: made(["name", "description", "note", "domains"]),
    conversation: { create: true, delete: true, update: ["body", "body_text"] }
  },
  // A rule watches the fields that it names; one that names none watches all. It fires on replies and notes as well.
  "freshdesk rule": { ticket: { ...made("all"), replies: true } },
  "freshservice app": {
    // A deletion is told as an update.
    ticket: { create: true, delete: true, update: [...ticketFields, "agent_id"] },
    conversation: made(["body", "body_text"]),
    change: made("all"),
    asset: { create: true, delete: true, update: "all" },
    requester: made("all")
  },
  "freshservice ui": { ticket: made("all"), change: made("all"), problem: made("all"), release: made("all") },
  "freshsales app": { contact: made("all"), deal: made("all"), sales_account: made("all") },
  "freshsales ui": { contact: made("all"), deal: made("all"), sales_account: made("all") },
  "freshchat app": {
    user: made("all"),
    conversation: made(["status", "assigned_agent_id", "assigned_group_id", "assigned_org_agent_id"]),
    message: made([])
  },
  "shop ui": { order: made(["status", "total", "note"]), product: made("all") }
}

/**
 * Whether an event that is subscribed to tells of the change itself. A stamp that moved alone is no change of a field: it
 * is a reply's.
 */
export const isPushed = (
  product: Product,
  route: string,
  events: ReadonlyArray<string>,
  { action, entity, fields }: Pick<TrueChange, "action" | "entity" | "fields">
): boolean => {
  const telling = tellings[`${product} ${route}`]?.[entity]
  if (telling === undefined) return false
  if (action === "create") return telling.create && events.includes(`${entity}_create`)
  if (action === "delete")
    return telling.delete && (events.includes(`${entity}_delete`) || events.includes(`${entity}_update`))
  if (!events.includes(`${entity}_update`)) return false
  if (fields.length === 0) return telling.replies === true
  return telling.update === "all" || fields.some((field) => (telling.update as ReadonlyArray<string>).includes(field))
}
