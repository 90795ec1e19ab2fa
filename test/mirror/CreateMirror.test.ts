/** A mirror in a program of one's own starts with one sentence of what is wrong, and ends with nothing under way. */
import { createServer } from "node:http"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { createMirror, expressHandler, fetchHandler, type MirrorOptions } from "../../src/mirror.js"
import { listeningAt } from "../support/listening.js"
import { mirrorOf, settingsBefore } from "../support/mounted.js"
import { until } from "../support/until.js"

describe("a mirror that cannot start", () => {
  it.each<readonly [string, () => MirrorOptions, string, string]>([
    [
      "without its database",
      () => ({ ...settingsBefore("http://127.0.0.1:1"), db: "none.db" }),
      "store",
      "there is no database at none.db: start the receiver first, or name its database with db"
    ],
    ["without a configuration", () => ({ config: "none.json" }), "config", "there is no configuration at none.json"],
    [
      "with a setting that is not known",
      () => ({ config: { mirrors: {} } as never }),
      "config",
      "the mirror's configuration"
    ],
    [
      "with a source that is not known",
      () => ({ ...settingsBefore("http://127.0.0.1:1"), sources: ["desk"] }),
      "config",
      "there is no source desk"
    ],
    [
      "with a share above all",
      () => ({ ...settingsBefore("http://127.0.0.1:1"), verify: 2 }),
      "config",
      "verify is a share of the answers, 0 to 1, not 2"
    ]
  ])("%s says so", async (_, options, reason, says) => {
    await expect(createMirror(options())).rejects.toMatchObject({
      name: "MirrorError",
      reason,
      message: expect.stringContaining(says)
    })
  })

  it("with an operators' address in use, or calls that would come back to it", async () => {
    const taken = new URL(await listeningAt(createServer()))
    const options = settingsBefore("http://127.0.0.1:1")
    await expect(createMirror({ ...options, admin: { port: Number(taken.port) } })).rejects.toMatchObject({
      reason: "address",
      message: `cannot listen on ${taken.host} (EADDRINUSE): choose another address with admin`
    })
    const registered = Symbol.for("hookshift.registered")
    Object.defineProperty(globalThis, registered, { value: {}, configurable: true })
    onTestFinished(() => void Reflect.deleteProperty(globalThis, registered))
    vi.stubEnv("HOOKSHIFT_THROUGH", "127.0.0.1:1=http://127.0.0.1:3000/desk")
    await expect(createMirror(options)).rejects.toMatchObject({ reason: "through" })
    vi.stubEnv("HOOKSHIFT_THROUGH", "other.freshdesk.com=http://127.0.0.1:3000/desk")
    await (await createMirror(options)).close()
  })
})

it("that is closed lets what is under way end, and answers 503 from then on", async () => {
  let [begun, release] = [false, () => undefined as unknown]
  const { mirror } = await mirrorOf((_, response) => {
    begun = true
    release = () => response.writeHead(200, { "content-type": "text/plain" }).end("whole")
  })
  const answer = fetchHandler(mirror)
  const asked = () => answer(new Request("http://app.example/api/v2/odd"))
  const underWay = asked()
  await until(() => begun)
  const closed = mirror.close()
  const late = await asked()
  expect([late.status, await late.json()]).toEqual([
    503,
    { error: "unavailable", message: "hookshift mirror: the mirror is closed" }
  ])
  release()
  expect(await (await underWay).text()).toBe("whole")
  await closed
})

it("carries nothing out for a client that left before the server came to its request, and does not wait for it", async () => {
  let asked = 0
  const { mirror } = await mirrorOf((_, response) => {
    asked += 1
    response.end()
  })
  const handler = expressHandler(mirror)
  let served = false
  const url = await listeningAt(
    createServer((request, response) => {
      response.once("close", () => {
        handler(request, response)
        served = true
      })
    })
  )
  const gone = new AbortController()
  const fetched = fetch(`${url}/api/v2/tickets/7`, { method: "PUT", body: "{}", signal: gone.signal })
  setTimeout(() => gone.abort(), 100)
  await expect(fetched).rejects.toThrow()
  await until(() => served)
  await mirror.close()
  expect(asked).toBe(0)
})
