/** Findings: faults of the polling as recorded, each with evidence and a fix. Each rule has a page in docs/findings. */
import { createHash } from "node:crypto"
import { endpointName } from "../../domain/Endpoint.js"
import type { Finding } from "../../domain/Finding.js"
import type { Detection } from "../detection/Detection.js"
import { bulkFailuresIgnored } from "./BulkFailures.js"
import { clockSkew } from "./ClockDifference.js"
import { personalKey, revokedKey, sharedKey } from "./CredentialUse.js"
import { cursorWithoutOverlap } from "./CursorOverlap.js"
import { pushAllowanceExceeded } from "./PushAllowance.js"
import {
  deepPaging,
  detailCallPerItem,
  fasterThanChanges,
  polledAlthoughPushed,
  sameDataPolledTwice,
  searchAsFeed,
  smallPages,
  wholeListEveryTime
} from "./ReadPatterns.js"
import type { Rule, RuleContext, RuleFinding } from "./Rule.js"
import { burstAtFullMinute, noSlowDown, retryAfterCutShort, throttlingIgnored } from "./Throttling.js"
import { ownEcho, repeatedWrites } from "./WritePatterns.js"

export const findingRules: ReadonlyArray<Rule> = [
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

/**
 * The finding's subject, in names that do not change from one recording to the next: its fingerprint is made of them.
 */
const subjectOf = (found: RuleFinding, { pollers }: Detection): ReadonlyArray<string> => {
  if (found.pollerId === null) return found.about
  const { stream } = pollers.find(({ id }) => id === found.pollerId)!
  return [stream.account, stream.integration, endpointName(stream.method, stream.template), stream.query]
}

/** All findings, in the order of the rules. */
export const findingsOf = (context: RuleContext): ReadonlyArray<Finding> => {
  const before = new Map<string, number>()
  const named = (rule: Rule, found: RuleFinding): Finding => {
    const subject = JSON.stringify([rule.id, ...subjectOf(found, context.detection)])
    // An integration may poll a list with two keys; their order tells the pollers apart.
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
      ...(found.pollerId !== null || found.integration === undefined ? {} : { integration: found.integration }),
      message,
      consequence,
      fix,
      evidence
    }
  }
  return findingRules.flatMap((rule) => rule.find(context).map((found) => named(rule, found)))
}
