/** The inbox's loop in the test's own thread, over a disk that fails as it is told. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, expect, it } from "vitest"
import { realTime } from "../../../src/domain/Time.js"
import { policy } from "../../../src/policy/index.js"
import { createReceiver, type Receiver, signatureHeader } from "../../../src/receiver/index.js"
import { linkInThread } from "../../simulation/linkInThread.js"
import { until } from "../../support/until.js"

const folder = mkdtempSync(join(tmpdir(), "hookshift-loop-"))
let receiver: Receiver | null = null
afterEach(async () => {
  await receiver?.close()
  rmSync(folder, { recursive: true, force: true })
})

it("moves the state by a delivery whose commit took place and could not be confirmed", async () => {
  let confirmFails = false
  const handed: Array<string> = []
  receiver = await createReceiver({
    db: join(folder, "inbox.db"),
    listen: null,
    sources: { desk: { product: "freshdesk", profile: "token", secrets: ["secret"] } },
    // A clock of its own: this inbox has no thread that would keep its lease.
    time: { ...realTime },
    linkInbox: linkInThread(policy, { beginFails: () => null, confirmFails: () => confirmFails }).link,
    onEvent: ({ entityId }) => void handed.push(entityId)
  })
  confirmFails = true
  const { intake } = receiver
  const answer = await new Promise<{ readonly status: number }>((resolve) => {
    const head = {
      method: "POST",
      source: "desk",
      headers: { [signatureHeader.token.toLowerCase()]: "secret" },
      remoteAddress: "192.0.2.1"
    }
    const body = Buffer.from(
      JSON.stringify({
        event: "ticket_create",
        entity: "ticket",
        id: 7,
        updated_at: "2026-03-02T08:00:00Z",
        account: "acme.freshdesk.com",
        snapshot: { id: 7, subject: "a", updated_at: "2026-03-02T08:00:00Z" }
      })
    )
    intake.deliver(head, body, resolve)
  })
  expect(answer.status).toBe(503)
  confirmFails = false
  // No other delivery comes.
  await until(() => handed.length > 0)
  expect(handed).toEqual(["7"])
})
