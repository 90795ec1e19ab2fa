/** The decision on a cut-over by counts alone: its kinds, and how it follows the exact bounds. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { lowerLoss, upperLoss } from "../../src/domain/LossBound.js"
import { lossVerdict } from "../../src/shadow/LossVerdict.js"
import { lossSentence } from "../../src/shadow/Sentences.js"

const measure = { confidence: 0.95, tolerated: 0.01 }

describe("the loss verdict", () => {
  it.each([
    ["a lost change that nothing healed", { pushed: 5_000, lost: 1, gone: 1 }, "notYet", "not healed"],
    ["no change", { pushed: 0, lost: 0, gone: 0 }, "notYet", "nothing seen"],
    ["298 changes, none lost: one too few", { pushed: 298, lost: 0, gone: 0 }, "notYet", "undecided"],
    ["299 changes, none lost", { pushed: 299, lost: 0, gone: 0 }, "safe", "within tolerance"],
    ["every tenth change lost", { pushed: 270, lost: 30, gone: 0 }, "notYet", "above tolerance"]
  ] as const)("of %s", (_, counts, verdict, kind) => {
    const found = lossVerdict({ ...counts, seconds: 3_600 }, measure)
    expect([found.verdict, found.reason.kind]).toEqual([verdict, kind])
  })

  it("watches on at the rate so far for the changes that are missing", () => {
    const { reason, watchSeconds } = lossVerdict({ pushed: 100, lost: 0, gone: 0, seconds: 1_000 }, measure)
    expect(reason).toEqual({ kind: "undecided", lost: 0, seen: 100, needed: 299, watchSeconds: 1_990 })
    expect(watchSeconds).toBe(1_990)
  })

  it("is safe exactly where the upper bound is tolerated, and above where the lower one is not", () => {
    fc.assert(
      fc.property(
        fc.nat(2_000),
        fc.nat(60),
        fc.constantFrom(0.8, 0.95, 0.99),
        fc.constantFrom(0.01, 0.05, 0.2),
        (pushed, lost, confidence, tolerated) => {
          fc.pre(pushed + lost > 0)
          const found = lossVerdict({ pushed, lost, gone: 0, seconds: 60 }, { confidence, tolerated })
          const seen = pushed + lost
          expect(found.verdict === "safe").toBe(upperLoss(lost, seen, confidence) <= tolerated)
          expect(found.reason.kind === "above tolerance").toBe(lowerLoss(lost, seen, confidence) > tolerated)
          if (found.reason.kind === "undecided") expect(found.reason.needed).toBeGreaterThan(seen)
          expect(lossSentence(found, { confidence, tolerated })).not.toMatch(/NaN|undefined|Infinity/)
        }
      ),
      { numRuns: 200 }
    )
  })
})
