/** The inbox's thread: its loop over a message port. */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads"
import { explain } from "../../store/index.js"
import { type Checkpoints, startCheckpoints } from "./Checkpoints.js"
import { makeEventReading } from "./EventReading.js"
import { openHandOverQueue } from "./HandOverQueue.js"
import { openInboxWithFile } from "./Inbox.js"
import { readBy, startInboxLoop } from "./InboxLoop.js"
import { ownInbox } from "./Owning.js"
import type { ThreadData, ThreadReply, ThreadRequest } from "./ThreadMessages.js"

const data = workerData as ThreadData
const port: MessagePort = parentPort!
const say = (reply: ThreadReply): void => port.postMessage(reply)

const drain = (): ReadonlyArray<ThreadRequest> => {
  const requests: Array<ThreadRequest> = []
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port))
    requests.push(next.message as ThreadRequest)
  return requests
}

try {
  const reading = makeEventReading(data.reading, data.hydrates)
  readBy(reading, data.reading)
  const { aside, file, inbox } = openInboxWithFile(data.file, {
    // A restarted thread makes no new file in place of a missing one.
    mustExist: data.owner !== null,
    key: data.key,
    providerOf: reading.providerOf,
    serviceAccountOf: reading.serviceAccountOf
  })
  let checkpoints: Checkpoints | null = null
  const owning =
    data.owner === null
      ? null
      : ownInbox(file, {
          ...data.owner,
          file: data.file,
          tell: (news) => say({ kind: "owner", news }),
          wrote: () => checkpoints?.look()
        })
  checkpoints = startCheckpoints(file, data.file, data.foldAtBytes)
  const loop = startInboxLoop({
    inbox,
    file,
    aside,
    queue: openHandOverQueue(file, aside),
    reading,
    tells: data.tells,
    checkpoints,
    say,
    drain,
    onClosed: () => {
      checkpoints.close()
      owning?.release()
      inbox.close()
      port.close()
    }
  })
  port.on("message", loop.take)
  say({ kind: "ready" })
  if (owning !== null) say({ kind: "owner", news: owning.first })
} catch (error) {
  const { message, reason } = explain(error, data.file)
  say({ kind: "cannotOpen", reason, message })
}
