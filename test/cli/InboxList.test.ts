/** The table of deliveries for people, and the states that programs rely on. */
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { createReceiver } from "../../src/receiver/index.js"
import { runCli } from "../support/cli.js"
import { deliveryBody, post, secret } from "../support/deliveries.js"
import { temporaryFolder } from "../support/files.js"
import { until } from "../support/until.js"

describe("a delivery that its handler refuses", () => {
  it("is listed as failing with its tries, and is stored for programs", async () => {
    const cwd = temporaryFolder()
    const receiver = await createReceiver({
      db: join(cwd, "hookshift.db"),
      listen: { port: 0 },
      sources: { fd: { profile: "freshworks", secrets: [secret] } },
      onEvent: () => Promise.reject(new Error("not now"))
    })
    await post(receiver.url, deliveryBody())
    await until(() => receiver.inbox.show(1)?.attempts === 1)
    await receiver.close()
    const shown = await runCli(["inbox", "list"], { cwd })
    expect([shown.code, shown.stderr]).toEqual([0, ""])
    expect(shown.stdout).toMatch(/ticket 42 {2}failing \(\d+ tr(?:y|ies)\) /)
    const listed = JSON.parse((await runCli(["inbox", "list", "--json"], { cwd })).stdout)
    expect(listed).toMatchObject([{ id: 1, state: "stored" }])
    expect(listed[0].attempts).toBeGreaterThanOrEqual(1)
  })
})
