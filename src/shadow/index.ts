/** What may be used of the live comparison. */
export { cutoverChecklist } from "./Checklist.js"
export { type Shadowed, type ShadowedAccount, type ShadowReport, type ShadowSettings, shadow } from "./Shadow.js"
