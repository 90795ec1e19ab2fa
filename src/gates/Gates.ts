/** The gates of an audit: `--fail-under`, `--fail-on`, and the parity of a replay. Pure. */
import { roundedPercent as percent } from "../domain/Figures.js"
import { type Finding, isAtLeast, type Severity, severities } from "../domain/Finding.js"
import type { Gate } from "../domain/Gate.js"
import { replayVerdict } from "../domain/ReplayVerdict.js"
import type { Report } from "../domain/Report.js"

export interface GateSettings {
  /** Least reduction, 0 to 1; `null` for no such gate. */
  readonly failUnder: number | null
  /** Rules and severities; a severity includes the graver ones. */
  readonly failOn: ReadonlyArray<string>
}

const isSeverity = (name: string): name is Severity => (severities as ReadonlyArray<string>).includes(name)

/** The findings that `--fail-on` names, without those of the baseline. */
export const failing = (findings: ReadonlyArray<Finding>, failOn: ReadonlyArray<string>): ReadonlyArray<Finding> =>
  findings.filter(
    ({ known, rule, severity }) =>
      !known && failOn.some((name) => (isSeverity(name) ? isAtLeast(severity, name) : name === rule))
  )

const reductionGate = ({ totals }: Report, floor: number): Gate => {
  const far = totals.extrapolation ?? null
  if (far !== null && far.reduction === null)
    return {
      name: "reduction",
      passed: false,
      message: `the window of ${Math.round(far.fromSeconds)} s is too short to say whether the reduction is at least the ${percent(floor)} that --fail-under asks for: record for longer`
    }
  const reduction = far?.reduction ?? totals.reduction
  const extrapolated = far === null ? "" : ` (extrapolated from ${Math.round(far.fromSeconds)} s)`
  const passed = reduction >= floor
  const is = passed ? "at least" : "under"
  return {
    name: "reduction",
    passed,
    message: `the reduction is ${percent(reduction)}${extrapolated}, ${is} the ${percent(floor)} that --fail-under asks for`
  }
}

const findingsGate = (findings: ReadonlyArray<Finding>, failOn: ReadonlyArray<string>): Gate => {
  const found = failing(findings, failOn)
  const rules = [...new Set(found.map(({ rule }) => rule))]
  return {
    name: "findings",
    passed: found.length === 0,
    message:
      found.length === 0
        ? `no new finding of ${failOn.join(", ")}`
        : `${found.length} new ${found.length === 1 ? "finding" : "findings"} that --fail-on asks about: ${rules.join(", ")}`
  }
}

/** The gates asked for, in the order of the output. */
export const gatesOf = (report: Report, { failOn, failUnder }: GateSettings): ReadonlyArray<Gate> => {
  const gates: Array<Gate> = []
  if (failUnder !== null) gates.push(reductionGate(report, failUnder))
  if (failOn.length > 0) gates.push(findingsGate(report.findings, failOn))
  if (report.replay !== null) {
    const { holds, sentence } = replayVerdict(report.replay)
    gates.push({ name: "parity", passed: holds, message: holds ? sentence : `${sentence}: see the report` })
  }
  return gates
}
