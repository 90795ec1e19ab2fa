/** The inbox's loop in the same thread as the receiver, over a disk that fails as it is told. */
import Sqlite from "better-sqlite3"
import type { Policy } from "../../src/policy/index.js"
import { makeEventReading } from "../../src/receiver/inbox/EventReading.js"
import { openHandOverQueue } from "../../src/receiver/inbox/HandOverQueue.js"
import { openInboxWithFile } from "../../src/receiver/inbox/Inbox.js"
import type { LinkInbox } from "../../src/receiver/inbox/InboxLink.js"
import { readBy, startInboxLoop } from "../../src/receiver/inbox/InboxLoop.js"
import type { ThreadReply } from "../../src/receiver/inbox/ThreadMessages.js"

export interface Disk {
  /** A transaction cannot begin. */
  readonly beginFails: () => "SQLITE_FULL" | "SQLITE_BUSY" | null
  /** It is on the disk, and that cannot be said. */
  readonly confirmFails: () => boolean
}

export interface ThreadlessInbox {
  readonly link: LinkInbox
  /** As a process ends that is killed: replies under way are lost, and so is all that was not committed. */
  readonly kill: () => void
}

const failed = (code: string): Error =>
  new Sqlite.SqliteError(code === "SQLITE_FULL" ? "database or disk is full" : "database is locked", code)

export const linkInThread = (policy: Policy, disk: Disk): ThreadlessInbox => {
  let dead = false
  let end = (): void => undefined
  const later = (run: () => void): void =>
    queueMicrotask(() => {
      if (!dead) run()
    })
  return {
    link: async (data, receive) => {
      const reading = makeEventReading(data.reading, data.hydrates)
      readBy(reading, data.reading)
      const { aside, file, inbox } = openInboxWithFile(data.file, {
        key: data.key,
        policy,
        busyTimeoutMs: 0,
        providerOf: reading.providerOf,
        serviceAccountOf: reading.serviceAccountOf
      })
      file.fence({
        begin: () => {
          const code = disk.beginFails()
          if (code !== null) throw failed(code)
        },
        confirm: () => {
          if (disk.confirmFails()) throw failed("SQLITE_FULL")
        }
      })
      let closed = (): void => undefined
      end = inbox.close
      const loop = startInboxLoop({
        inbox,
        file,
        aside,
        queue: openHandOverQueue(file, aside),
        reading,
        tells: data.tells,
        checkpoints: null,
        say: (reply: ThreadReply) => later(() => receive(reply)),
        drain: () => [],
        onClosed: () => {
          inbox.close()
          closed()
        }
      })
      return {
        post: (request) => later(() => loop.take(request)),
        close: () =>
          new Promise((resolve) => {
            closed = resolve
            later(() => loop.take({ kind: "close" }))
          })
      }
    },
    kill: () => {
      dead = true
      end()
    }
  }
}
