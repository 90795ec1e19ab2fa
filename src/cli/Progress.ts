/**
 * Progress of long work on standard error: a bar on a terminal, overwritten in place; a line each ten seconds anywhere
 * else. Work over five seconds shows what is left of it.
 */
import { approximateDuration } from "../domain/DurationText.js"
import { visible } from "../domain/PlainText.js"
import { remainingSeconds } from "../domain/Remaining.js"

export interface Progress {
  /** `share` of the step that `label` names, from 0 to 1. */
  readonly show: (label: string, share: number) => void
  /** Takes the bar away. */
  readonly done: () => void
}

export interface ProgressSettings {
  readonly quiet: boolean
  readonly out?: Pick<NodeJS.WriteStream, "write"> & { readonly isTTY?: boolean; readonly columns?: number }
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

const lineEveryMs = 10_000
/** Work that is over sooner shows no estimate. */
const estimateAfterMs = 5_000
const widestLabel = 38
const widestBar = 24
const narrowestBar = 6
/** Columns of `100 %`, with a gap. */
const percentWidth = 6
/** Columns of `about 100 min left`, with a gap. */
const estimateWidth = 20

const silent: Progress = { show: () => undefined, done: () => undefined }

export const makeProgress = ({
  now = () => performance.now(),
  out = process.stderr,
  quiet
}: ProgressSettings): Progress => {
  if (quiet) return silent
  const startedAt = now()
  let step = { label: "", since: startedAt, share: 0 }
  const moved = (label: string, share: number): void => {
    if (label !== step.label) step = { label, since: now(), share: 0 }
    step.share = Math.min(1, Math.max(0, share))
  }
  /** Estimate of the time until this step ends; empty while it cannot be told. */
  const left = (): string => {
    if (now() - startedAt < estimateAfterMs) return ""
    const seconds = remainingSeconds((now() - step.since) / 1_000, step.share)
    return seconds === null ? "" : `about ${roughly(seconds)} left`
  }
  return out.isTTY === true ? bar(out, moved, () => step, left) : lines(out, moved, () => step, left, now)
}

/** No finer than the estimate is. */
const roughly = (seconds: number): string =>
  seconds < 90 ? `${Math.max(1, Math.ceil(seconds / 5)) * 5} s` : approximateDuration(seconds)

interface Step {
  readonly label: string
  readonly since: number
  readonly share: number
}

const percent = (share: number): string => `${Math.floor(share * 100)} %`

const bar = (
  out: NonNullable<ProgressSettings["out"]>,
  moved: Progress["show"],
  step: () => Step,
  left: () => string
): Progress => {
  let last = ""
  const draw = (): void => {
    const { label, share } = step()
    const room = (out.columns ?? 80) - 1
    const estimate = left()
    const words = visible(label).slice(0, Math.max(0, room - narrowestBar - percentWidth - 1))
    const spare = room - percentWidth - 1 - estimateWidth
    const named = words.padEnd(Math.min(widestLabel, spare - narrowestBar))
    const size = Math.max(narrowestBar, Math.min(widestBar, spare - named.length))
    const filled = Math.round(share * size)
    const line = `${named} ${"█".repeat(filled)}${"░".repeat(size - filled)} ${percent(share).padStart(5)}`
    const whole = estimate !== "" && line.length + estimate.length + 2 <= room ? `${line}  ${estimate}` : line
    if (whole === last) return
    out.write(`\r${whole.padEnd(Math.min(room, last.length))}`)
    last = whole
  }
  return {
    show: (label, share) => {
      moved(label, share)
      draw()
    },
    done: () => {
      if (last !== "") out.write(`\r${" ".repeat(last.length)}\r`)
      last = ""
    }
  }
}

const lines = (
  out: NonNullable<ProgressSettings["out"]>,
  moved: Progress["show"],
  step: () => Step,
  left: () => string,
  now: () => number
): Progress => {
  let lastAt = now()
  const tell = (): void => {
    // Work that holds the thread tells for itself; the timer is for work that waits.
    if (now() - lastAt < lineEveryMs || step().label === "") return
    lastAt = now()
    const { label, share, since } = step()
    const estimate = left()
    // Some steps do not know their length.
    const far = share === 0 ? `${Math.round((now() - since) / 1_000)} s so far` : percent(share)
    out.write(`hookshift: ${visible(label)}, ${far}${estimate === "" ? "" : `, ${estimate}`}\n`)
  }
  const timer = setInterval(tell, lineEveryMs / 10)
  timer.unref()
  return {
    show: (label, share) => {
      moved(label, share)
      tell()
    },
    done: () => clearInterval(timer)
  }
}
