/** Clients that others wrote, unchanged, with the mirror as their base URL: the same results as from the provider. */
import { execFile, spawnSync } from "node:child_process"
import { createRequire } from "node:module"
import { join } from "node:path"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { root } from "../support/files.js"
import { answers, ownKey, startMirrored } from "../support/mirrorProcesses.js"
import { until } from "../support/until.js"

const since = new Date(Date.now() - 20 * 86_400_000).toISOString().replace(/\.\d+/, "")

type Answered = (error: Error | null, data: unknown, extra: { readonly pageIsLast: boolean }) => void
type Client = Readonly<Record<string, (...args: ReadonlyArray<unknown>) => void>>
type FreshdeskConstructor = new (url: string, key: string) => Client

interface Ticket {
  readonly id: number
}

/** A method that calls back, with what it says of further pages. */
const called = (client: Client, method: string, ...args: ReadonlyArray<unknown>) =>
  new Promise<{ readonly data: unknown; readonly pageIsLast: boolean }>((resolve, reject) => {
    const answered: Answered = (error, data, extra) =>
      error === null ? resolve({ data, pageIsLast: extra.pageIsLast }) : reject(error)
    client[method]!(...args, answered)
  })

const allTickets = async (client: Client): Promise<ReadonlyArray<Ticket>> => {
  const all: Array<Ticket> = []
  for (let page = 1; ; page++) {
    const { data, pageIsLast } = await called(client, "listAllTickets", { updated_since: since, per_page: 10, page })
    all.push(...(data as ReadonlyArray<Ticket>))
    if (pageIsLast) return all
  }
}

const everything = async (client: Client) => {
  const tickets = await allTickets(client)
  const { id } = tickets[0]!
  return {
    tickets,
    contacts: await called(client, "listAllContacts", { per_page: 100 }),
    ticket: await called(client, "getTicket", id),
    conversations: await called(client, "listAllConversations", id)
  }
}

const callsOf = async (simulator: string): Promise<number> =>
  ((await (await fetch(`${simulator}/_sim/calls`)).json()) as { readonly total: number }).total

describe("through the mirror", { timeout: 300_000 }, () => {
  it("npm's freshdesk-api reads what it reads of the provider, and what it writes", async () => {
    const Freshdesk = createRequire(import.meta.url)("freshdesk-api") as FreshdeskConstructor
    const { mirror, simulator } = await startMirrored()
    const [mine, theirs] = [new Freshdesk(mirror.url, ownKey), new Freshdesk(simulator, ownKey)]
    await answers(mirror.url, `/api/v2/tickets?updated_since=${since}&per_page=10`)
    // The first time teaches the mirror what the answers look like.
    expect((await everything(mine)).tickets.length).toBeGreaterThan(10)
    const before = await callsOf(simulator)
    const again = await everything(mine)
    // Contacts are more than a page, and their order is not documented.
    expect((await callsOf(simulator)) - before).toBeLessThanOrEqual(1)
    expect(again).toEqual(await everything(theirs))

    const [{ id } = { id: 0 }] = await allTickets(mine)
    await called(mine, "updateTicket", id, { subject: "written through it" })
    const { data: created } = await called(mine, "createTicket", {
      subject: "made through it",
      description: "x",
      email: "a@example.com",
      priority: 1,
      status: 2
    })
    // The provider itself shows a write a moment later; the mirror no later than that.
    const shownBy = async (client: Client): Promise<boolean> => {
      const { data } = await called(client, "getTicket", id)
      const made = (await allTickets(client)).some((ticket) => ticket.id === (created as Ticket).id)
      return made && (data as { readonly subject: string }).subject === "written through it"
    }
    await until(async () => {
      // Polls count against the account's minute.
      await new Promise((next) => setTimeout(next, 1_000))
      return shownBy(theirs)
    })
    expect(await shownBy(mine)).toBe(true)
    expect(await allTickets(mine)).toEqual(await allTickets(theirs))
  })

  it("Python's standard library follows links from page to page", async (context) => {
    if (spawnSync("python3", ["--version"]).status !== 0) return context.skip("no python3 here")
    const { mirror, simulator } = await startMirrored()
    await answers(mirror.url, `/api/v2/tickets?updated_since=${since}&per_page=10`)
    const program = join(root, "test/support/programs/mirrored.py")
    const run = async (url: string) =>
      JSON.parse((await promisify(execFile)("python3", [program, url, ownKey, since])).stdout) as {
        readonly ids: ReadonlyArray<number>
        readonly caches: ReadonlyArray<string | null>
        readonly ticket: unknown
        readonly next: string | null
      }
    await run(mirror.url)
    const [mine, theirs] = [await run(mirror.url), await run(simulator)]
    expect(mine.caches.length).toBeGreaterThan(1)
    expect(mine.caches).toEqual(mine.caches.map(() => "HIT"))
    expect(mine.next).toBe("HIT")
    expect([mine.ids, mine.ticket]).toEqual([theirs.ids, theirs.ticket])
  })
})
