/**
 * The numbers on which "nothing is lost" rests, each once, in milliseconds where it is a span. Three others are facts
 * of the providers and live there, since providers import no policy: push latency (PushTiming.ts), the delay until a
 * write is readable (ReadLag.ts) and the limiter's share (Provider.ts). test/policy/NumberHomes.test.ts finds second
 * homes.
 */

/**
 * A sweep, and a poller that asks for changes, reads again from so long before its cursor. The span covers stamps of
 * whole seconds and the delay until a write is readable.
 */
export const overlapMs = 120_000

/**
 * A write is readable after so long, and with it all that shares its stamp. Read-after-write lags of the products are
 * about a second [assumed]; the rest is room.
 */
export const readableAfterMs = 30_000

/** Interval of whole readings: they alone show some changes, such as a deletion that no list names [assumed]. */
export const wholeWithinMs = 86_400_000

/**
 * Moments that a parent shows of its dependants and those of the dependants themselves agree to within so much
 * [assumed].
 */
export const tellSlackMs = 2_000

/**
 * A push that is later than this is taken for lost: nearly all come within half a minute, a second try within two
 * [assumed].
 */
export const lostAfterMs = 300_000

/**
 * A receiver that was away for so long may have lost deliveries. A shorter absence is a restart: the senders' first
 * retry, after a minute, finds it there (FRESHWORKS.md, "Webhooks"; its base is assumed).
 */
export const outageFromMs = 60_000

/** How often an entity is fetched for one delivery. */
export const fetchTries = 3

/** The pause before an answer that is older than its delivery is fetched again. */
export const fetchAgainAfterMs = 2_000

/** The pause before a failed fetch is made again; the event waits for it. */
export const fetchAfterFailureMs = 30_000

/**
 * The receiver answers 503 after so long, while its sender still listens: senders wait 5 s (FRESHWORKS.md, "Webhooks").
 */
export const acknowledgeWithinMs = 4_000
