/** The mirror in other people's servers answers as `hookshift mirror` does: real processes and sockets. */
import { once } from "node:events"
import { join } from "node:path"
import { expect, it, vi } from "vitest"
import { answers, ask, changedLately, crmKey, secrets, startMirrored } from "../support/mirrorProcesses.js"
import { mountedIn, openedMirror } from "../support/mounted.js"
import { until } from "../support/until.js"

interface Ticket {
  readonly id: number
  readonly subject: string
}

it("answers each request as the command does, at its mount path", { timeout: 600_000 }, async () => {
  for (const [name, value] of Object.entries(secrets)) vi.stubEnv(name, value)
  const { folder, mirror: command, simulator } = await startMirrored({ simulate: ["--plan", "forest"] })
  const db = join(folder, "hookshift.db")
  // Each mirror lets a key in once it has passed there, and learns an answer's shape from one that went through.
  const list = changedLately()
  let ids: ReadonlyArray<number> = []
  const prime = async (url: string): Promise<void> => {
    await answers(url, list)
    ids = ((await ask(url, list)).body as ReadonlyArray<Ticket>).map(({ id }) => id)
    for (const path of [`/api/v2/tickets/${ids[0]}`, `/api/v2/tickets/${ids[0]}/conversations`, "/api/v2/companies"])
      await ask(url, path)
    await ask(url, list, { key: crmKey })
  }
  await prime(command.url)

  const paged = list.replace("per_page=100", "per_page=5")
  const asked: ReadonlyArray<readonly [string, Parameters<typeof ask>[2]]> = [
    [list, {}],
    [paged, {}],
    [`${paged}&page=2`, {}],
    [`/api/v2/tickets/${ids[0]}`, {}],
    [`/api/v2/tickets/${ids[0]}/conversations`, {}],
    ["/api/v2/tickets/9999999", {}],
    ["/api/v2/agents/me", {}],
    ["/api/v2/tickets?updated_since=yesterday", {}],
    ["/api/v2/tickets/%31", {}],
    ["/api/v2/nothing", {}],
    [list, { headers: { "cache-control": "no-cache" } }],
    [list, { key: crmKey }],
    [list, { key: null }],
    [list, { headers: { "x-hookshift-origin": "https://other.freshdesk.com" } }]
  ]
  const expected: Array<Awaited<ReturnType<typeof ask>>> = []
  for (const [path, options] of asked) expected.push(await ask(command.url, path, options))
  // One mirror answers from a database at a time.
  const ended = once(command.child, "exit")
  command.child.kill("SIGTERM")
  await ended
  const mirror = await openedMirror({ config: join(folder, "hookshift.config.json"), db })
  await mirror.loaded
  const urls = Object.entries(await mountedIn(mirror))
  await prime(urls[0]![1])
  let hits = 0
  for (const [at, [path, options]] of asked.entries()) {
    for (const [server, url] of urls) {
      const { age, link, ...same } = await ask(url, path, options)
      const { age: was, link: given, ...wanted } = expected[at]!
      expect({ server, path, ...same }).toEqual({ server, path, ...wanted })
      expect([server, path, link]).toEqual([server, path, given?.replaceAll(command.url, url) ?? null])
      // Of one sweep, and asked within moments.
      if (was === null) expect([path, age]).toEqual([path, null])
      else expect(Math.abs(age! - was), path).toBeLessThan(120)
      if (same.cache === "HIT") hits += 1
    }
  }
  expect(hits).toBeGreaterThan(10)
  // A link that it gives leads to the next page.
  for (const [, url] of urls) {
    const next = /<(.*?)>/.exec((await ask(url, paged)).link ?? "")?.[1] ?? ""
    expect(next.startsWith(url)).toBe(true)
    expect((await ask(next, "")).body).toEqual((await ask(simulator, `${paged}&page=2`)).body)
  }
  // Writes go through, and are seen by whichever way as soon as the provider shows them.
  for (const [server, url] of urls) {
    const path = `/api/v2/tickets/${ids[1]}`
    const body = { subject: `written by way of ${server}` }
    const written = await ask(url, path, { method: "PUT", body })
    expect(written).toMatchObject({ status: 200, cache: "BYPASS", reason: "method", body })
    // The provider's reads lag behind its writes.
    const subjects = async (url: string) => {
      const rows = (await ask(url, list)).body as ReadonlyArray<Ticket>
      const item = (await ask(url, path)).body as Ticket
      return [item.subject, rows.find(({ id }) => id === ids[1])?.subject]
    }
    await until(async () => {
      await new Promise((next) => setTimeout(next, 250))
      return (await subjects(simulator)).every((subject) => subject === body.subject)
    })
    for (const [, other] of urls) expect(await subjects(other)).toEqual([body.subject, body.subject])
  }
  await mirror.close()
  for (const [, url] of urls) expect((await ask(url, list)).status).toBe(503)
})
