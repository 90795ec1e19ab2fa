/** The inbox as its receiver opens it, and whether it is this receiver's still. */
import type { Timekeeper } from "../domain/Time.js"
import { realTime } from "../domain/Time.js"
import type { Provider } from "../providers/index.js"
import { type Inbox, openInboxWithFile } from "./inbox/Inbox.js"
import type { InboxKey } from "./inbox/KeyRing.js"
import { makeOwnership, type Ownership } from "./Ownership.js"
import type { Log } from "./operations/Log.js"
import { storeFailure } from "./ReceiverError.js"

export interface OwnInbox {
  /** For reading: another connection to the same file. */
  readonly inbox: Inbox
  readonly key: InboxKey
  /** `null` in virtual time: the inbox is a replay's own then. */
  readonly ownership: Ownership | null
}

/** Throws a `ReceiverError`. */
export const openOwnInbox = (
  file: string,
  options: {
    /** Where a setting names it. */
    readonly key: InboxKey | undefined
    readonly productOf: (source: string) => Provider | null
    readonly time: Timekeeper
    readonly log: Log
    readonly onBack: () => void
  }
): OwnInbox => {
  const { key: given, log, onBack, productOf, time } = options
  try {
    const opened = openInboxWithFile(file, { providerOf: productOf, ...(given === undefined ? {} : { key: given }) })
    const { key } = opened.file
    try {
      const ownership =
        time === realTime ? makeOwnership({ file, keyFile: given === undefined ? key.place : null, log, onBack }) : null
      return { inbox: opened.inbox, key, ownership }
    } catch (error) {
      // The file was moved right after it was opened.
      opened.inbox.close()
      throw error
    }
  } catch (error) {
    throw storeFailure(error, file)
  }
}
