/**
 * Report: `buildReport` makes it, `renderMarkdown` writes it, `readReport` reads it; and the words that other output
 * shares.
 */

export { isShort } from "./decision/CallsADay.js"
export { enoughSeconds, firstLookNote } from "./decision/FirstLook.js"
export { type ForecastCalls, forecastFor, forecastOf, playedPart } from "./decision/Forecast.js"
export { missedGoalLines } from "./decision/Goals.js"
export { headline } from "./decision/Headline.js"
export { fold } from "./markdown/Fold.js"
export { renderMarkdown } from "./markdown/Markdown.js"
export { measuredSentences } from "./markdown/Measured.js"
export { additionText, mirrorParts } from "./markdown/MirrorWay.js"
export { reconcileSetting } from "./markdown/Plan.js"
export { emptyShareText } from "./markdown/Pollers.js"
export { sideBySide } from "./markdown/SideBySide.js"
export { code, count, leftOutSentence, noPollers, pace, percent, some, span, table, text } from "./markdown/Words.js"
export { readReport } from "./ReadReport.js"
export * from "./Report.js"
export { unreadGoalLines } from "./UnreadGoals.js"
