/** What may be used of the live comparison. */
export { cutoverChecklist } from "./Checklist.js"
export type { ShadowedAccount, ShadowSettings } from "./Settings.js"
export { type Shadowed, type ShadowReport, shadow } from "./Shadow.js"
