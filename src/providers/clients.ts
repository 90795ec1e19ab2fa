/** What the capabilities may use of the providers' clients. */
export * from "./Authentication.js"
export * from "./freshdesk/Client.js"
export type { AutomationRule, AutomationRuleDraft, Entity } from "./freshdesk/Schemas.js"
