/**
 * Samples what only the inbox's thread knows (whether it takes writes, how much waits). Operators are answered from
 * memory, and cannot slow the intake however often they ask.
 */
import type { EpochMillis } from "../../domain/Time.js"
import type { InboxThread } from "../inbox/InboxThread.js"
import type { Log } from "./Log.js"
import type { Metrics } from "./Metrics.js"
import type { Readiness } from "./Readiness.js"

export interface SamplingOptions {
  readonly thread: Pick<InboxThread, "ask" | "waiting">
  readonly metrics: Metrics
  readonly readiness: Readiness
  readonly log: Log
  readonly now: () => EpochMillis
}

const everyMs = 1_000
/** A sample takes at most a hundredth of the thread's time: counting millions of events makes samples less frequent. */
const restPerWork = 100
/** Time after which the thread counts as not answering; a purge's slice or a fold takes a part of it. */
const answersWithinMs = 10_000

/** Returns how to stop it. */
export const startSampling = ({ log, metrics, now, readiness, thread }: SamplingOptions): (() => void) => {
  let trouble: string | null = null
  readiness.add("inbox", () => trouble)
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  const tell = (): void => {
    if (stopped) return
    metrics.ready.set(readiness.reasons().size === 0 ? 1 : 0)
    readiness.tell(log)
  }

  const readWritable = async (): Promise<void> => {
    const overdue = setTimeout(() => {
      trouble = "the inbox's thread does not answer: look whether its disk does"
      tell()
    }, answersWithinMs)
    overdue.unref()
    try {
      const writable = await thread.ask("writable")
      trouble = writable ? null : "the inbox cannot be written to: look for a full disk or a lock"
    } catch {
      trouble = "the inbox's thread has ended: it is being started again"
    } finally {
      clearTimeout(overdue)
      tell()
    }
  }

  const readSizes = async (): Promise<void> => {
    metrics.waiting.set(thread.waiting())
    const [backlog, sizes] = await Promise.all([thread.ask("backlog"), thread.ask("sizes")])
    metrics.backlog.set(backlog.events)
    metrics.backlogAge.set(
      backlog.oldestReceivedAt === null ? 0 : Math.max(0, (now() - backlog.oldestReceivedAt) / 1000)
    )
    metrics.dead.set(sizes.dead)
    metrics.quarantined.set(sizes.quarantined)
    metrics.inboxBytes.set(sizes.bytesUsed)
  }

  const look = async (): Promise<void> => {
    await readWritable()
    const from = performance.now()
    // An inbox that cannot be read now leaves the gauges at their last values, and is not ready, which is said.
    if (!stopped) await readSizes().catch(() => undefined)
    if (stopped) return
    timer = setTimeout(() => void look(), Math.max(everyMs, (performance.now() - from) * restPerWork))
    timer.unref()
  }
  tell()
  void look()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}
