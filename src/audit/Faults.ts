/**
 * `--faults drop=0.05,duplicate=0.02,receiverDown=2h@10h,…`, as the command line takes it. The wire replay, which runs
 * the real components, knows the first five; the model knows all.
 */

import type { AnalysisSettings } from "../analysis/index.js"
import { durationMillis } from "../domain/DurationText.js"
import { faultNames, shareFaults, type WindowFault, windowFaults } from "../domain/Fault.js"
import type { EpochMillis } from "../domain/Time.js"
import { noPushFaults, type PushFaults } from "../providers/index.js"

/** Something that lasts: from how long after the window's start, and how long; in seconds. */
export interface FaultSpan {
  readonly kind: WindowFault
  readonly afterSeconds: number
  readonly seconds: number
}

export interface FaultSettings extends PushFaults {
  /** Share of deliveries that reach the disk too late to be acknowledged in time. */
  readonly slowAck: number
  /** Of the first `receiverDown`; 0 without one. */
  readonly outageSeconds: number
  /** From the start of the window; 10 h unless said. */
  readonly outageAfterSeconds: number
  readonly spans: ReadonlyArray<FaultSpan>
  /** Restarts of the receiver: seconds from the start of the window. */
  readonly restarts: ReadonlyArray<number>
  /** How far the receiver's clock is ahead. */
  readonly skewSeconds: number
  readonly text: string
}

export const noFaultSettings: FaultSettings = {
  ...noPushFaults,
  slowAck: 0,
  outageSeconds: 0,
  outageAfterSeconds: 36_000,
  spans: [],
  restarts: [],
  skewSeconds: 0,
  text: ""
}

/** `90s`, `15m`, `1h`, `2 hours`: seconds; `null` for a text that is not a duration. */
export const parseSeconds = (text: string): number | null => {
  const millis = durationMillis(text)
  return millis === null ? null : millis / 1_000
}

const known = new Intl.ListFormat("en-GB").format(faultNames)

const isOneOf = <Name extends string>(names: ReadonlyArray<Name>, name: string): name is Name =>
  names.some((one) => one === name)

/** The settings, or a sentence that says what is wrong. */
export const parseFaults = (text: string): FaultSettings | string => {
  const settings: { -readonly [Name in keyof FaultSettings]?: FaultSettings[Name] } = {}
  const lasting: Array<FaultSpan> = []
  const restarts: Array<number> = []
  for (const part of text
    .split(",")
    .map((piece) => piece.trim())
    .filter((piece) => piece !== "")) {
    const [name, value = ""] = part.split("=", 2) as [string, string | undefined]
    if (isOneOf(windowFaults, name)) {
      const [length, after] = value.split("@", 2) as [string, string | undefined]
      const seconds = parseSeconds(length)
      const afterSeconds = after === undefined ? noFaultSettings.outageAfterSeconds : parseSeconds(after)
      if (seconds === null || afterSeconds === null)
        return `${name} takes a duration, such as ${name}=2h or ${name}=2h@10h`
      lasting.push({ kind: name, seconds, afterSeconds })
      if (name === "receiverDown" && settings.outageSeconds === undefined) {
        settings.outageSeconds = seconds
        settings.outageAfterSeconds = afterSeconds
      }
    } else if (isOneOf(shareFaults, name)) {
      const share = Number(value)
      if (value === "" || !(share >= 0 && share <= 1))
        return `${name} takes a share between 0 and 1, such as ${name}=0.05`
      settings[name] = share
    } else if (name === "restart") {
      const seconds = parseSeconds(value.replace(/^@/, ""))
      if (seconds === null) return "restart takes a moment after the start, such as restart=@9h"
      restarts.push(seconds)
    } else if (name === "skew") {
      const seconds = parseSeconds(value.replace(/^-/, ""))
      if (seconds === null) return "skew takes a duration, such as skew=90s or skew=-90s"
      settings.skewSeconds = value.startsWith("-") ? -seconds : seconds
    } else return `"${name}" is no fault: choose among ${known}`
  }
  return { ...noFaultSettings, ...settings, spans: lasting, restarts, text }
}

/** The first fault that only the model knows, in the words of `--faults`; `null` if the wire replay knows all. */
export const onlyInModel = ({ restarts, skewSeconds, slowAck, spans: lasting }: FaultSettings): string | null => {
  if (slowAck > 0) return "slowAck"
  if (restarts.length > 0) return "restart"
  if (skewSeconds !== 0) return "skew"
  const other = lasting.find(({ kind }) => kind !== "receiverDown")
  if (other !== undefined) return other.kind
  return lasting.length > 1 ? "a second receiverDown" : null
}

/** The faults whose calls a forecast counts, the times without a receiver once in the window. */
export const countedFaults = (
  { drop, spans }: FaultSettings,
  from: EpochMillis
): NonNullable<AnalysisSettings["faults"]> => ({
  drop,
  outages: spans.flatMap(({ afterSeconds, kind, seconds }) =>
    kind === "receiverDown" ? [{ from: from + afterSeconds * 1_000, to: from + (afterSeconds + seconds) * 1_000 }] : []
  )
})
