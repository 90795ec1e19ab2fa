/** A rotation of a webhook secret as a user goes through it, with deliveries arriving all the while. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { allProviders } from "../../src/providers/index.js"
import { createReceiver, openInbox } from "../../src/receiver/index.js"
import { quietMs } from "../../src/subscriptions/SecretRotation.js"
import { runCli } from "../support/cli.js"
import { deliveryBody, post } from "../support/deliveries.js"
import { temporaryFolder } from "../support/files.js"

describe("hookshift subscriptions rotate", () => {
  it("leads from the old secret to the new one without refusing a delivery", async () => {
    const folder = temporaryFolder()
    const db = join(folder, "r.db")
    const config = (webhook: object) =>
      writeFileSync(
        join(folder, "hookshift.config.json"),
        JSON.stringify({
          sources: {
            fd: {
              product: "freshdesk",
              baseUrl: "https://acme.freshdesk.com",
              auth: { secretEnv: "KEY" },
              webhook: { secretEnv: "HOOK", ...webhook }
            }
          }
        })
      )
    const rotate = (env: Record<string, string>) =>
      runCli(["subscriptions", "rotate", "fd", "--db", db], { cwd: folder, env: { KEY: "k", ...env } })
    let delivered = 0
    /** A receiver with these secrets takes one delivery signed with each of those. */
    const receive = async (secrets: ReadonlyArray<string>, used: ReadonlyArray<string>) => {
      const receiver = await createReceiver({
        db,
        listen: { port: 0 },
        sources: { fd: { profile: "freshworks", secrets } }
      })
      for (const secret of used)
        expect((await post(receiver.url, deliveryBody({ id: ++delivered }), { secret })).status).toBe(200)
      await receiver.close()
    }

    config({})
    await receive(["canary-old"], ["canary-old"])
    expect(await rotate({ HOOK: "canary-old" })).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('add "previousSecretEnv": "HOOK_OLD" to sources.fd.webhook')
    })
    config({ previousSecretEnv: "HOOK_OLD" })
    expect((await rotate({ HOOK: "canary-old" })).stdout).toContain(
      "put the secret of now (HOOK) into HOOK_OLD as well"
    )
    expect((await rotate({ HOOK: "canary-old", HOOK_OLD: "canary-old" })).stdout).toContain("hold the same secret")

    const both = { HOOK: "canary-new", HOOK_OLD: "canary-old" }
    await receive(["canary-new", "canary-old"], ["canary-old"])
    expect((await rotate(both)).stdout).toContain(
      "now the sender has to change: paste it into the app's installation parameters"
    )
    await receive(["canary-new", "canary-old"], ["canary-new", "canary-old"])
    const waiting = await rotate(both)
    expect(waiting).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("the new secret is in use (1 deliveries)")
    })
    expect(waiting.stdout).toContain("wait until")

    // Three hours later nobody has used the old one any more.
    const inbox = openInbox(db)
    inbox.noteSecretUse("fd", "canary-old", Date.now() - 3 * 3_600_000, 0)
    inbox.close()
    expect(await rotate(both)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("unset HOOK_OLD and restart the receiver; the rotation is over")
    })
  })
  it("keeps the old secret for longer than any delivery policy retries", () => {
    const policies = allProviders().flatMap(({ deliveryPolicies }) => Object.values(deliveryPolicies))
    expect(policies.length).toBeGreaterThan(1)
    for (const { retryAfterSeconds } of policies)
      expect(quietMs).toBeGreaterThan(retryAfterSeconds.reduce((sum, wait) => sum + wait, 0) * 1_000)
  })
})
