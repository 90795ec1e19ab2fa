/**
 * Which changes Freshsales pushes, by route (FRESHWORKS.md, "What a push does not cover"): create and update for
 * contact, deal, account, task and appointment; no delete in the suite, so that only a whole reading shows one.
 */
import { appEvents, covers } from "../CatalogueParts.js"
import type { Provider } from "../Provider.js"

const made = ["create", "update"] as const

export const freshsalesRoutes: Provider["routes"] = {
  app: {
    contact: covers("contact", made, "all"),
    deal: covers("deal", made, "all"),
    sales_account: covers("sales_account", made, "all"),
    task: covers("task", made, "all"),
    appointment: covers("appointment", made, "all")
  },
  // Workflows watch the fields that are configured in them [docs].
  ui: {
    contact: covers("contact", made, "all"),
    deal: covers("deal", made, "all"),
    sales_account: covers("sales_account", made, "all"),
    lead: covers("lead", made, "all")
  }
}

export const freshsalesAppEvents: Provider["appEvents"] = {
  ...appEvents("contact", "contact", "Contact", made),
  ...appEvents("deal", "deal", "Deal", made),
  ...appEvents("sales_account", "sales_account", "SalesAccount", made),
  ...appEvents("task", "task", "Task", made),
  ...appEvents("appointment", "appointment", "Appointment", made)
}
