/** Reports of the inbox's thread, the intake and the listener, as metrics, log lines and troubles for operators. */
import type { Applying } from "./Applying.js"
import type { InboxThreadOptions } from "./inbox/InboxThread.js"
import type { IntakeOptions } from "./intake/Intake.js"
import type { ListenerOptions } from "./intake/Listener.js"
import type { Outages } from "./Outages.js"
import type { Ownership } from "./Ownership.js"
import type { Log } from "./operations/Log.js"
import type { Metrics } from "./operations/Metrics.js"
import type { Troubles } from "./operations/Troubles.js"
import type { UsageCounters } from "./operations/UsageCounters.js"

type InboxNews = Omit<InboxThreadOptions, "data" | "deadlineMs" | "now">
type ListenerNews = Pick<ListenerOptions, "onConnections" | "onGivenWay">
type IntakeNews = Pick<IntakeOptions, "onQuarantined" | "onRejected" | "onUnavailable" | "onVerified">

const quarantined = "a signed delivery is in quarantine: it was not understood, and no handler sees it"

export const inboxNews = (options: {
  readonly applying: Applying
  readonly ownership: Ownership | null
  readonly log: Log
  readonly metrics: Metrics
  readonly troubles: Troubles
  readonly outages: Outages
  /** The thread runs again: waiting events go on. */
  readonly goOn: () => void
}): InboxNews => {
  const { applying, goOn, log, metrics, outages, ownership, troubles } = options
  return {
    onCommitted: (_, seconds) => {
      metrics.commit.observe(seconds)
      troubles.worked("intake")
    },
    onRefused: (reason) => {
      if (reason === "damaged") troubles.failed("damage", reason)
      troubles.failed("intake", reason)
    },
    onSetAside: (rows) => {
      for (const { damaged, reason, rows: count } of rows) {
        metrics.setAside.inc({ reason }, count)
        log("error", "events were set aside: hookshift inbox list --state dead shows those that can be read", {
          reason
        })
        if (damaged) troubles.failed("damage", "damaged")
      }
    },
    onNotRestarted: (reason) => troubles.failed("thread", reason),
    onApplied: applying.applied,
    onStuck: applying.stuck,
    onRestarted: () => {
      log("warning", "the inbox's thread had ended and runs again")
      troubles.worked("thread")
      goOn()
    },
    onOwner: (news) => {
      ownership?.hear(news)
      if ("held" in news) outages.ended(news.back)
    }
  }
}

export const intakeNews = ({ counters, log }: { readonly counters: UsageCounters; readonly log: Log }): IntakeNews => ({
  onRejected: (source, reason) => {
    log("warning", "a delivery was refused", { source, reason })
    counters.refused(source, reason)
  },
  onQuarantined: (source, reason) => log("warning", quarantined, { source, reason }),
  onUnavailable: (source) => log("error", "a delivery was answered 503: it could not be stored in time", { source }),
  onVerified: counters.verified
})

export const listenerNews = ({ log, metrics }: { readonly log: Log; readonly metrics: Metrics }): ListenerNews => ({
  onConnections: (open) => metrics.connections.set(open),
  onGivenWay: (state) => {
    metrics.givenWay.inc({ state })
    log("warning", "there are too many connections: one was closed", { state })
  }
})
