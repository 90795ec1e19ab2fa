/**
 * The sources whose deliveries the receiver takes. They may be replaced while it runs: all of them at once, or none.
 */
import { type Provider, providerOf } from "../providers/index.js"
import type { InboxThread } from "./inbox/InboxThread.js"
import type { ReadingSettings } from "./inbox/ThreadMessages.js"
import type { Intake } from "./intake/Intake.js"
import type { Listener } from "./intake/Listener.js"
import { secretsOf } from "./intake/Sources.js"
import type { Log } from "./operations/Log.js"
import { certificateFailure, storeFailure } from "./ReceiverError.js"
import { checkSources, readingOf, type SourcesByName } from "./SourceChecks.js"

export interface SourceRegistry {
  readonly all: () => SourcesByName
  /** How the inbox's thread reads their deliveries. */
  readonly reading: () => ReadingSettings
  readonly providerOf: (source: string) => Provider | null
  /** A secret by its place among those of all the source's senders. */
  readonly secretOf: (source: string, place: number) => string
  readonly replace: (sources: SourcesByName) => void
}

/** Throws a `ReceiverError` that names the first source with a wrong setting. */
export const makeSourceRegistry = (given: SourcesByName): SourceRegistry => {
  checkSources(given)
  let sources = given
  return {
    all: () => sources,
    reading: () => readingOf(sources),
    providerOf: (source) => providerOf(sources[source]?.product ?? "freshdesk"),
    secretOf: (source, place) => (sources[source] === undefined ? undefined : secretsOf(sources[source])[place]) ?? "",
    replace: (next) => {
      sources = next
    }
  }
}

/**
 * Takes other sources into use, and the certificate as it is now. Rejects with a `ReceiverError` and changes nothing
 * then.
 */
export const makeReload =
  (parts: {
    readonly sources: SourceRegistry
    readonly listener: Listener
    readonly thread: InboxThread
    readonly intake: Intake
    readonly file: string
    readonly log: Log
  }): ((given: SourcesByName) => Promise<void>) =>
  async (given) => {
    const { file, intake, listener, log, sources, thread } = parts
    checkSources(given)
    let useCertificate: () => void
    try {
      useCertificate = listener.rereadTls()
    } catch (error) {
      throw certificateFailure(error, "read again", "the one before stays in use")
    }
    try {
      // Before the rest, as only this can fail: a delivery of a new source is read by its product from its first one
      // on.
      await thread.readBy(readingOf(given))
    } catch (error) {
      throw storeFailure(error, file)
    }
    sources.replace(given)
    intake.setSources(new Map(Object.entries(given)))
    useCertificate()
    log("info", "settings and secrets were read again", { sources: Object.keys(given).join(", ") })
  }
