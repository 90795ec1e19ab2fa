/** Findings: what is wrong with the polling as it is, each with evidence and what to do. One page each in docs/findings. */
import type { Finding } from "../../domain/Poller.js"
import { clockSkew, personalKey, revokedKey, sharedKey } from "./Keys.js"
import {
  cursorWithoutOverlap,
  deepPaging,
  detailCallPerItem,
  fasterThanChanges,
  polledAlthoughPushed,
  sameDataPolledTwice,
  searchAsFeed,
  smallPages,
  wholeListEveryTime
} from "./Reading.js"
import type { Rule, RuleContext } from "./Rule.js"
import { burstAtFullMinute, noSlowDown, retryAfterCutShort, throttlingIgnored } from "./Throttling.js"
import { bulkFailuresIgnored, ownEcho, repeatedWrites } from "./Writing.js"

export const rules: ReadonlyArray<Rule> = [
  throttlingIgnored,
  retryAfterCutShort,
  noSlowDown,
  burstAtFullMinute,
  cursorWithoutOverlap,
  wholeListEveryTime,
  deepPaging,
  smallPages,
  detailCallPerItem,
  sameDataPolledTwice,
  fasterThanChanges,
  polledAlthoughPushed,
  searchAsFeed,
  bulkFailuresIgnored,
  repeatedWrites,
  ownEcho,
  personalKey,
  sharedKey,
  revokedKey,
  clockSkew
]

const rank: Readonly<Record<Finding["severity"], number>> = { error: 0, warning: 1, info: 2 }

/** The gravest first, in the order of the rules. */
export const findAll = (context: RuleContext): ReadonlyArray<Finding> =>
  rules
    .flatMap((rule) =>
      rule.find(context).map((found): Finding => ({ rule: rule.id, severity: rule.severity, ...found }))
    )
    .sort((a, b) => rank[a.severity] - rank[b.severity])
