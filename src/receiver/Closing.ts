/**
 * A receiver's close, step by step: no new deliveries, answers to those under way, their state, the hand-over, the
 * inbox. A step over its time is abandoned, which loses nothing acknowledged. This is a sequence and no list of
 * finalizers, since the order is not the reverse of the start's: the operators' listener starts before the senders'
 * and closes last. The hand-over starts behind both, so that a start that fails leaves the target alone, and stops
 * once what they brought has moved the state.
 */
import type { Applying } from "./Applying.js"
import { becomes, within } from "./Deadlines.js"
import type { HandOver } from "./handover/HandOver.js"
import type { Inbox } from "./inbox/Inbox.js"
import type { InboxThread } from "./inbox/InboxThread.js"
import type { Intake } from "./intake/Intake.js"
import type { Listening } from "./Listening.js"
import type { Ownership } from "./Ownership.js"
import type { UsageCounters } from "./operations/UsageCounters.js"
import type { Quiescence } from "./Quiescence.js"

/** Bodies that are on their way may become whole for so long; then they are refused. */
const lastBodiesMs = 2_000
/** Beyond the acknowledgement's own deadline, for a thread that does not answer. */
const lastAnswersMs = 1_000
/** Answers that a sender does not read, and rests of bodies that are thrown away. */
const lastConnectionsMs = 1_500
/** Deliveries that have not moved the state do so at the next start. */
const lastApplyMs = 5_000

export interface Closable {
  readonly ackDeadlineMs: number
  readonly ownership: Ownership | null
  readonly intake: Intake
  readonly listening: Listening
  readonly thread: InboxThread
  readonly applying: Applying
  readonly counters: UsageCounters
  readonly quiescence: Quiescence
  readonly handOver: HandOver | null
  readonly inbox: Inbox
  readonly stopUpkeep: () => void
  /** The last sign of life: from now on deliveries may be lost. */
  readonly noteSeen: () => Promise<void>
  /** The accepted deliveries have moved the state: nothing new begins from now on. */
  readonly onEnding: () => void
}

export const closeReceiver = async (parts: Closable): Promise<void> => {
  const { ackDeadlineMs, applying, counters, handOver, inbox, intake, listening, ownership, quiescence, thread } = parts
  const { listener } = listening
  ownership?.giveUp()
  intake.close()
  intake.bodies.endWithin(lastBodiesMs)
  listener.drain()
  parts.stopUpkeep()
  const disconnected =
    listening.address === null
      ? Promise.resolve()
      : new Promise<void>((resolve) => void listener.server.close(() => resolve()))
  // Idle kept connections go at once; those with a delivery under way are answered first.
  listener.server.closeIdleConnections()
  await becomes(lastBodiesMs + lastAnswersMs, () => intake.bodies.count() === 0)
  await becomes(ackDeadlineMs + lastAnswersMs, () => thread.waiting() === 0)
  if (!(await within(lastConnectionsMs, disconnected))) listener.server.closeAllConnections()
  // Requests are answered; their deliveries move the state before the inbox closes.
  if (ownership?.over() !== true) await within(lastApplyMs, quiescence.whenStateSettled())
  parts.onEnding()
  applying.stop()
  counters.stop()
  await handOver?.stop()
  await counters.flush()
  await parts.noteSeen()
  await thread.close()
  inbox.close()
  ownership?.stop()
  listening.admin?.close()
}
