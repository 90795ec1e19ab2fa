/** Figures of the pollers that give way to webhooks, which several parts of the first screen share. */
import type { PollerAssessment } from "../../domain/Poller.js"
import type { Report } from "../../domain/Report.js"
import { isReplaced } from "../../domain/Verdict.js"

export interface Moving {
  readonly pollers: ReadonlyArray<PollerAssessment>
  /** Changes that they saw, those that fire no event, and those of which only the stamp shows. */
  readonly changes: number
  readonly uncovered: number
  readonly unknown: number
  /** Changes of which no earlier version was seen, and those of them that count as not pushed. */
  readonly seenOnce: { readonly changes: number; readonly notPushed: number }
}

export const movingOf = (report: Report): Moving => {
  const pollers = report.pollers.filter(isReplaced)
  const sum = (of: (coverage: NonNullable<PollerAssessment["coverage"]>) => number): number =>
    pollers.reduce((total, { coverage }) => total + (coverage === null ? 0 : of(coverage)), 0)
  const unknown = sum((coverage) => coverage.unknown ?? 0)
  return {
    pollers,
    changes: sum(({ changes }) => changes) + unknown,
    uncovered: sum(({ changes, pushed }) => changes - pushed),
    unknown,
    seenOnce: {
      changes: sum(({ seenOnce }) => seenOnce?.changes ?? 0),
      notPushed: sum(({ seenOnce }) => (seenOnce === undefined ? 0 : seenOnce.changes - seenOnce.pushed))
    }
  }
}
