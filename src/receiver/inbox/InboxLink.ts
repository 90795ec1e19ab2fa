/** How the listener's thread reaches the inbox's loop; the receiver runs it in a worker thread. */
import { Worker } from "node:worker_threads"
import { builtEntry } from "../../domain/BuiltEntry.js"
import { StoreError, type StoreFailure } from "../../store/index.js"
import { within } from "../Deadlines.js"
import type { ThreadData, ThreadReply, ThreadRequest } from "./ThreadMessages.js"

export interface InboxLink {
  readonly post: (request: ThreadRequest, transfer?: ReadonlyArray<ArrayBuffer>) => void
  readonly close: () => Promise<void>
}

/** Rejects with a `StoreError` where the inbox cannot be opened. `died`: the loop ended by itself. */
export type LinkInbox = (
  data: ThreadData,
  receive: (reply: ThreadReply) => void,
  died: () => void
) => Promise<InboxLink>

/** A thread that a disk holds up is ended as by a crash: SQLite keeps all commits. */
const endsWithinMs = 10_000

export const linkByThread: LinkInbox = (data, receive, died) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(builtEntry("inbox-thread.js"), {
      workerData: data,
      execArgv: [],
      env: { PATH: process.env["PATH"] }
    })
    let running = false
    worker.once("message", (first: ThreadReply) => {
      if (first.kind === "cannotOpen") return reject(new StoreError(first.reason as StoreFailure, first.message))
      running = true
      worker.on("message", receive)
      resolve({
        post: (request, transfer = []) => worker.postMessage(request, transfer),
        close: async () => {
          const gone = new Promise((ended) => worker.once("exit", ended))
          worker.postMessage({ kind: "close" } satisfies ThreadRequest)
          if (!(await within(endsWithinMs, gone))) await worker.terminate()
        }
      })
    })
    const ended = (): void => {
      reject(new StoreError("io", "the inbox's thread ended before it was ready: run again with more memory"))
      if (!running) return
      running = false
      died()
    }
    worker.on("error", ended)
    worker.on("exit", ended)
  })
