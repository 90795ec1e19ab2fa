/** An hour of a history, as a picture or a player takes it. Pure. */
import { iso } from "../../domain/Figures.js"
import type { HistoryLine } from "../../domain/History.js"
import type { ReplayTimeline, StalenessPoint, TimelineMark } from "../../domain/Replay.js"

const hour = 3_600_000

/** The hour, from a whole one, in which most changed. */
export const busiestHour = (history: ReadonlyArray<HistoryLine>): number | null => {
  const counts = new Map<number, number>()
  for (const line of history) {
    if (line.k !== "change") continue
    const at = Math.floor(line.t / hour) * hour
    counts.set(at, (counts.get(at) ?? 0) + 1)
  }
  let best: number | null = null
  for (const [at, count] of counts) if (best === null || count > counts.get(best)!) best = at
  return best
}

/** Changes that a path has not brought yet, by entity. */
const makeWaiting = () => {
  const waiting = new Map<string, Array<{ readonly t: number; readonly updatedAt: number }>>()
  return {
    changed: (name: string, t: number, updatedAt: number): void => {
      const known = waiting.get(name)
      if (known === undefined) waiting.set(name, [{ t, updatedAt }])
      else known.push({ t, updatedAt })
    },
    brought: (name: string, updatedAt: number): boolean => {
      const known = waiting.get(name)
      if (known === undefined) return false
      const left = known.filter((change) => change.updatedAt > updatedAt)
      if (left.length === 0) waiting.delete(name)
      else waiting.set(name, left)
      return left.length < known.length
    },
    oldest: (): number | null => {
      let least: number | null = null
      for (const changes of waiting.values()) if (least === null || changes[0]!.t < least) least = changes[0]!.t
      return least
    }
  }
}

export const timelineOf = (history: ReadonlyArray<HistoryLine>, account: string, from: number): ReplayTimeline => {
  const to = from + hour
  const at = (t: number): number => Math.round((t - from) / 100) / 10
  const within = (t: number): boolean => t >= from && t < to
  const marks = (pick: (line: HistoryLine) => TimelineMark | null): ReadonlyArray<TimelineMark> =>
    history.flatMap((line) => {
      if (!("t" in line) || !within(line.t)) return []
      return pick(line) ?? []
    })
  const polling = makeWaiting()
  const webhook = makeWaiting()
  const pushed = makeWaiting()
  const pollingStaleness: Array<StalenessPoint> = []
  const webhookStaleness: Array<StalenessPoint> = []
  const pushedStaleness: Array<StalenessPoint> = []
  const note = (points: Array<StalenessPoint>, waiting: ReturnType<typeof makeWaiting>, t: number): void => {
    const oldest = waiting.oldest()
    const seconds = oldest === null ? 0 : Math.max(0, Math.round((t - oldest) / 100) / 10)
    points.push({ at: at(Math.min(to, Math.max(from, t))), seconds })
  }
  /** Before and after what happens at `t`, so that the area falls at once. */
  const step = (
    points: Array<StalenessPoint>,
    waiting: ReturnType<typeof makeWaiting>,
    t: number,
    happen: () => void
  ) => {
    if (!within(t)) return happen()
    note(points, waiting, t)
    happen()
    note(points, waiting, t)
  }
  let begun = false
  for (const line of history) {
    if (!("t" in line) || line.t >= to) continue
    if (!begun && line.t >= from) {
      begun = true
      note(pollingStaleness, polling, from)
      note(webhookStaleness, webhook, from)
      note(pushedStaleness, pushed, from)
    }
    if (line.k === "change") {
      const name = `${line.entity} ${line.id}`
      const updatedAt = line.updatedAt ?? line.t
      // A deleted entity is never listed again: polling is not held to it.
      if (line.action === "delete") polling.brought(name, Number.POSITIVE_INFINITY)
      else step(pollingStaleness, polling, line.t, () => polling.changed(name, line.t, updatedAt))
      step(webhookStaleness, webhook, line.t, () => webhook.changed(name, line.t, updatedAt))
      if (line.covered) step(pushedStaleness, pushed, line.t, () => pushed.changed(name, line.t, updatedAt))
    } else if (line.k === "seen") {
      step(pollingStaleness, polling, line.t, () => polling.brought(`${line.entity} ${line.id}`, line.updatedAt ?? 0))
    } else if (line.k === "refreshed" || (line.k === "applied" && !line.late)) {
      const upTo = line.k === "applied" && line.deletion ? Number.POSITIVE_INFINITY : (line.updatedAt ?? 0)
      const name = `${line.entity} ${line.id}`
      step(webhookStaleness, webhook, line.t, () => webhook.brought(name, upTo))
      step(pushedStaleness, pushed, line.t, () => pushed.brought(name, upTo))
    }
  }
  note(pollingStaleness, polling, to)
  note(webhookStaleness, webhook, to)
  note(pushedStaleness, pushed, to)
  return {
    account,
    from: iso(from),
    seconds: hour / 1_000,
    changes: marks((line) => (line.k === "change" ? { at: at(line.t), found: 1 } : null)),
    polling: {
      sweeps: marks((line) =>
        line.k === "sweep" && line.path === "polling" ? { at: at(line.t), found: line.found } : null
      ),
      staleness: thinned(pollingStaleness)
    },
    webhook: {
      deliveries: marks((line) => (line.k === "attempt" && line.try === 1 ? { at: at(line.t), found: 1 } : null)),
      retries: marks((line) => (line.k === "attempt" && line.try > 1 ? { at: at(line.t), found: 1 } : null)),
      hydrations: marks((line) =>
        line.k === "call" && line.purpose === "hydration" ? { at: at(line.t), found: 1 } : null
      ),
      reconciliation: marks((line) =>
        line.k === "sweep" && line.path === "webhook" ? { at: at(line.t), found: line.found } : null
      ),
      staleness: thinned(webhookStaleness),
      pushedStaleness: thinned(pushedStaleness)
    }
  }
}

/** Without points that say nothing new. */
const thinned = (points: ReadonlyArray<StalenessPoint>): ReadonlyArray<StalenessPoint> =>
  points.filter((point, index) => {
    const [before, after] = [points[index - 1], points[index + 1]]
    if (before === undefined || after === undefined) return true
    return (
      !(before.seconds === point.seconds && after.seconds === point.seconds) &&
      !(before.at === point.at && before.seconds === point.seconds)
    )
  })
