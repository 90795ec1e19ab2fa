/** Options of a receiver. */
import type { Tracer } from "effect"
import type { Timekeeper } from "../domain/Time.js"
import type { Policy } from "../policy/index.js"
import type { HandOverSettings } from "./handover/HandOver.js"
import type { EventHandler, Target } from "./handover/Target.js"
import type { Hydrate } from "./hydration/SharedHydration.js"
import type { Applied } from "./inbox/Delivery.js"
import type { LinkInbox } from "./inbox/InboxLink.js"
import type { InboxKey } from "./inbox/KeyRing.js"
import type { ListenerLimits, TlsFiles } from "./intake/Listener.js"
import type { AdminAddress } from "./operations/AdminListener.js"
import type { Log } from "./operations/Log.js"
import type { OnWork } from "./Quiescence.js"
import type { SourcesByName } from "./SourceChecks.js"

export interface ReceiverOptions extends HandOverSettings {
  /** The database file that holds the inbox; default `hookshift.db`. */
  readonly db?: string
  /**
   * Default `127.0.0.1:8787`; port 0 takes any free one. `null`: no listener, deliveries come by `handle` or `fetch`.
   */
  readonly listen?: { readonly host?: string; readonly port?: number } | null
  /** The operators' listener with `/readyz` and `/metrics`; none unless set. */
  readonly admin?: AdminAddress | null
  /** Serves HTTPS instead of HTTP. */
  readonly tls?: TlsFiles
  /** By name: the last part of each hook URL (`POST /hooks/{name}`). */
  readonly sources: SourcesByName
  /** Gets each event at least once. A throw or rejection means that it is retried. */
  readonly onEvent?: EventHandler
  /** In place of `onEvent`: a URL (`forwardTo`) or a program (`execProgram`). */
  readonly target?: Target
  /**
   * The key that bodies at rest are sealed with, 32 bytes as hexadecimal digits or base64, and where it comes from,
   * for error messages. Several may stand by lines: the first seals, all open. Default: the file `<db>.key`, made
   * with a new database.
   */
  readonly inboxKey?: InboxKey
  /** Default 1 MiB. */
  readonly maxBodyBytes?: number
  /** Answers 503 after so many milliseconds; by default a little before the senders give up (docs/receiver.md). */
  readonly ackDeadlineMs?: number
  readonly limits?: ListenerLimits
  /** Addresses of proxies whose `X-Forwarded-For` is believed, as `10.0.0.1` or `10.0.0.0/8`. */
  readonly trustProxy?: ReadonlyArray<string>
  /**
   * How long delivered events are kept, which is how long a duplicate is known for one; default 30 days, `null` for
   * ever.
   */
  readonly keepDeliveredMs?: number | null
  /** Bytes in use in the database above which the oldest delivered events are purged sooner; no bound unless set. */
  readonly maxInboxBytes?: number
  readonly time?: Timekeeper
  /** Fetches an entity of which a delivery told the id only. */
  readonly hydrate?: Hydrate
  /** Told of each event once it has moved the entity state. */
  readonly onApplied?: (applied: Applied) => void
  /** Gets log lines. */
  readonly log?: Log
  /**
   * Gets a span for each delivery and each hand-over.
   * @internal
   */
  readonly tracer?: Tracer.Tracer
  /**
   * How the inbox's loop is reached, and which decisions are made.
   * @internal
   */
  readonly linkInbox?: LinkInbox
  /** @internal */
  readonly policy?: Policy
  /**
   * How often the watchdog looks, and after how long it speaks.
   * @internal
   */
  readonly watch?: { readonly everyMs: number; readonly stalledAfterMs: number }
  /** Told when work begins (1) and ends (-1): how a replay knows that all is quiet. */
  readonly onWork?: OnWork
}
