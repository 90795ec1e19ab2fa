/** Animates a replayed hour on the terminal: both paths above each other, a minute per frame. */
import { Duration, Effect } from "effect"
import { roundedDuration } from "../../../domain/DurationText.js"
import { iso } from "../../../domain/Figures.js"
import type { ReplayTimeline, StalenessPoint, TimelineMark } from "../../../domain/Replay.js"

import { print, redraw } from "../../Output.js"

/** Columns of the hour; one for each minute. */
const width = 60
const frameEvery = Duration.millis(120)

const cells = (marks: ReadonlyArray<TimelineMark>, upTo: number): string => {
  const row = Array.from({ length: width }, () => " ")
  for (const { at, found } of marks) {
    const column = Math.min(width - 1, Math.floor(at / 60))
    if (column >= upTo) continue
    if (row[column] !== "●") row[column] = found > 0 ? "●" : "○"
  }
  return row.join("")
}

const blocks = " ▁▂▃▄▅▆▇█"

/** The path's greatest staleness in each minute, as block heights. */
const heights = (points: ReadonlyArray<StalenessPoint>, upTo: number, most: number): string => {
  const worst = Array.from({ length: width }, () => 0)
  points.forEach((point, index) => {
    const before = points[index - 1] ?? point
    const first = Math.min(width - 1, Math.floor(before.at / 60))
    const last = Math.min(width - 1, Math.floor(point.at / 60))
    for (let column = first; column <= last; column++)
      worst[column] = Math.max(
        worst[column]!,
        column === last ? point.seconds : Math.min(point.seconds, before.seconds + (column + 1 - first) * 60)
      )
  })
  return worst
    .map((value, column) => (column >= upTo || value === 0 ? " " : blocks[Math.max(1, Math.ceil((value / most) * 8))]!))
    .join("")
}

const worstOf = (points: ReadonlyArray<StalenessPoint>): number =>
  points.reduce((most, { seconds: age }) => Math.max(most, age), 0)

const frame = (timeline: ReplayTimeline, upTo: number): string => {
  const { account, changes, from, polling, webhook } = timeline
  const most = Math.max(1, worstOf(polling.staleness), worstOf(webhook.staleness))
  const row = (name: string, content: string): string => `${name.padStart(16)} │${content}│`
  const rule = `${" ".repeat(17)}└${"─".repeat(width)}┘`
  const clock = iso(Date.parse(from) + upTo * 60_000).slice(11, 16)
  return [
    `${account}, ${from.slice(0, 10)} ${clock} UTC   ● something   ○ nothing new   height: age of the oldest change not there, ${roundedDuration(most)} at most`,
    "",
    row("changes", cells(changes, upTo)),
    "",
    row("polling: sweeps", cells(polling.sweeps, upTo)),
    row("stale", heights(polling.staleness, upTo, most)),
    rule,
    row("deliveries", cells(webhook.deliveries, upTo)),
    row("retries", cells(webhook.retries, upTo)),
    row("fetches", cells(webhook.hydrations, upTo)),
    row("reconciliation", cells(webhook.reconciliation, upTo)),
    row("stale", heights(webhook.staleness, upTo, most)),
    rule
  ].join("\n")
}

/** Frame by frame on a terminal; elsewhere the whole hour at once. */
export const watchHour = (timeline: ReplayTimeline): Effect.Effect<void> =>
  process.stdout.isTTY === true
    ? Effect.forEach(
        Array.from({ length: width }, (_, minute) => minute + 1),
        (minute) => Effect.zipRight(redraw(frame(timeline, minute)), Effect.sleep(frameEvery)),
        { discard: true }
      )
    : print(frame(timeline, width))
