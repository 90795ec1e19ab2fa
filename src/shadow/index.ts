/**
 * The live comparison: `shadow` compares both paths, `cutoverChecklist` and `mirrorChecklist` write the steps for one
 * poller.
 */
export { answerVerdict } from "./AnswerVerdict.js"
export { cutoverChecklist } from "./CutoverChecklist.js"
export { type AlsoThrough, type MirrorSetUp, mirrorChecklist, type Unswept } from "./MirrorChecklist.js"
export type { ShadowedPoller } from "./PollerComparison.js"
export { endpointAmong, sourceAmong, sourceName } from "./PollerNames.js"
export { pushEvidenceOf } from "./PushEvidence.js"
export { type ShadowedAccount, type ShadowSettings, usualMeasure } from "./Settings.js"
export { type ShadowReport, shadow } from "./Shadow.js"
