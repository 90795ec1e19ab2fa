/** `--faults drop=0.05,duplicate=0.02,reorder=0.1,delay=0.01,receiverDown=2h@10h`, as the command line takes it. */
import { Duration } from "effect"

export interface FaultSettings {
  readonly drop: number
  readonly duplicate: number
  readonly reorder: number
  readonly delay: number
  readonly outageSeconds: number
  /** From the start of the window; 10 h unless said. */
  readonly outageAfterSeconds: number
  readonly text: string
}

export const noFaultSettings: FaultSettings = {
  drop: 0,
  duplicate: 0,
  reorder: 0,
  delay: 0,
  outageSeconds: 0,
  outageAfterSeconds: 36_000,
  text: ""
}

const units: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3_600, d: 86_400 }

/** `90s`, `15m`, `1h`, `2 hours`: seconds; `null` for what is no duration. */
export const parseSeconds = (text: string): number | null => {
  const short = /^(\d+(?:\.\d+)?)\s*(s|m|min|h|d)$/.exec(text.trim())
  if (short !== null) return Number(short[1]) * units[short[2]!]!
  const spelled = Duration.decodeUnknown(text.trim())
  return spelled._tag === "Some" ? Duration.toSeconds(spelled.value) : null
}

/** The settings, or a sentence that says what is wrong. */
export const parseFaults = (text: string): FaultSettings | string => {
  const settings: Record<string, number> = {}
  for (const part of text
    .split(",")
    .map((piece) => piece.trim())
    .filter((piece) => piece !== "")) {
    const [name, value] = part.split("=", 2) as [string, string | undefined]
    if (name === "receiverDown") {
      const [length, after] = (value ?? "").split("@", 2) as [string, string | undefined]
      const seconds = parseSeconds(length)
      const start = after === undefined ? noFaultSettings.outageAfterSeconds : parseSeconds(after)
      if (seconds === null || start === null)
        return `receiverDown takes a duration, such as receiverDown=2h or receiverDown=2h@10h`
      settings["outageSeconds"] = seconds
      settings["outageAfterSeconds"] = start
    } else if (name === "drop" || name === "duplicate" || name === "reorder" || name === "delay") {
      const share = Number(value)
      if (value === undefined || !(share >= 0 && share <= 1))
        return `${name} takes a share between 0 and 1, such as ${name}=0.05`
      settings[name] = share
    } else return `"${name}" is no fault: choose among drop, duplicate, reorder, delay and receiverDown`
  }
  return { ...noFaultSettings, ...settings, text }
}
