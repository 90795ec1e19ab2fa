/** The replay's clock stands while a polling program still does something, whichever thread does it. */
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { expect, it } from "vitest"
import { builtEntry } from "../../src/domain/BuiltEntry.js"
import { startProgram } from "../../src/replay/index.js"
import { makeVirtualTime } from "../../src/replay/wire/VirtualTime.js"

const start = Date.UTC(2026, 2, 2)
const answerAfterMs = 100

it("no moment passes while another thread works for a program", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hookshift-rest-"))
  const time = makeVirtualTime(start)
  const called: Array<string> = []
  const server = createServer((request, response) => {
    called.push(`${request.url} ${time.now() - start}`)
    time.requestArrived()
    time.at(time.now() + answerAfterMs, () => {
      time.requestReleased()
      response.end("done")
    })
  })
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const program = startProgram(time, {
    name: "works-elsewhere",
    program: pathToFileURL(join(process.cwd(), "test/support/programs/works-elsewhere.mjs")),
    register: builtEntry("register.js"),
    thread: builtEntry("program-thread.js"),
    origins: [origin],
    env: { ORIGIN: origin, HOOKSHIFT_DB: join(folder, "calls.db") }
  })
  // Something else is due each second: a program that is taken to be at rest is passed by.
  for (let second = 1; second <= 60; second++) time.at(start + second * 1_000, () => undefined)
  try {
    await time.runUntil(start + 60_600)
    expect(called).toEqual([
      "/first 0",
      "/compressed 100",
      "/derived 200",
      "/compiled 300",
      "/joined 400",
      "/later 60500"
    ])
  } finally {
    await program.stop()
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
