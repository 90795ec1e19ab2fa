/** Findings: what is wrong with the polling as it is, each with evidence and what to do. One page each in docs/findings. */
import { createHash } from "node:crypto"
import { endpointName } from "../../domain/Endpoint.js"
import type { Finding } from "../../domain/Finding.js"
import type { Detection } from "../detection/Detection.js"
import { pushAllowanceExceeded } from "./Allowance.js"
import { bulkFailuresIgnored } from "./BulkFailures.js"
import { cursorWithoutOverlap } from "./Cursors.js"
import { clockSkew, personalKey, revokedKey, sharedKey } from "./Keys.js"
import {
  deepPaging,
  detailCallPerItem,
  fasterThanChanges,
  polledAlthoughPushed,
  sameDataPolledTwice,
  searchAsFeed,
  smallPages,
  wholeListEveryTime
} from "./Reading.js"
import type { FoundBy, Rule, RuleContext } from "./Rule.js"
import { burstAtFullMinute, noSlowDown, retryAfterCutShort, throttlingIgnored } from "./Throttling.js"
import { ownEcho, repeatedWrites } from "./Writing.js"

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
  clockSkew,
  pushAllowanceExceeded
]

/** What a finding is about, in names that do not change from one recording to the next. */
const subjectOf = (found: FoundBy, { pollers }: Detection): ReadonlyArray<string> => {
  if (found.pollerId === null) return found.about
  const { stream } = pollers.find(({ id }) => id === found.pollerId)!
  return [stream.account, stream.integration, endpointName(stream.method, stream.template), stream.query]
}

/** In the order of the rules. */
export const findAll = (context: RuleContext): ReadonlyArray<Finding> => {
  const before = new Map<string, number>()
  const named = (rule: Rule, found: FoundBy): Finding => {
    const subject = JSON.stringify([rule.id, ...subjectOf(found, context.detection)])
    // The same program on the same list with two keys: told apart by their order.
    const count = before.get(subject) ?? 0
    before.set(subject, count + 1)
    const fingerprint = createHash("sha256").update(`${subject}${count}`).digest("hex").slice(0, 16)
    const { consequence, evidence, fix, message, pollerId, severity } = found
    return {
      rule: rule.id,
      fingerprint,
      known: false,
      severity: severity ?? rule.severity,
      pollerId,
      message,
      consequence,
      fix,
      evidence
    }
  }
  return rules.flatMap((rule) => rule.find(context).map((found) => named(rule, found)))
}
