/**
 * The providers' exports without clients: each API as data, and the rules on it. No client and no Effect in
 * here: the recorder loads this into the programs that it watches.
 */

export { nextPeriod, retryAfterMs, spacedUntil } from "./CallPacing.js"
export { ruleBody, ruleContent } from "./CatalogueParts.js"
export * from "./Coverage.js"
export { makeDeferredPushes } from "./DeferredPushes.js"
export { describe } from "./described/describe.js"
export * from "./EndpointMatching.js"
export { freshchat } from "./freshchat/Catalogue.js"
export { freshdesk } from "./freshdesk/Catalogue.js"
export { freshsales } from "./freshsales/Catalogue.js"
export { freshservice } from "./freshservice/Catalogue.js"
export type { DependantRule, EmbedRule, ListRule, OrderField, PagesInBody } from "./ListRule.js"
export { dependantRulesOf, linksInBodyOf, listsOf, ownPartsOf, searchesOf, variesBy } from "./Lists.js"
export * from "./Provider.js"
export * from "./Providers.js"
export { type Left, leftBy } from "./PushContent.js"
export * from "./PushTiming.js"
export { longestReadLagMs } from "./ReadLag.js"
export { httpDate, longestStatedWaitMs, retryAfterMillis } from "./RetryAfter.js"
export type { SearchRule } from "./SearchRule.js"
export * from "./SweepSchedule.js"
export { isOwnLimit, limitsOf, plansThatHave, plansThatTell, type SetLimit } from "./ToldLimits.js"
export { listsAll } from "./WholeLists.js"
