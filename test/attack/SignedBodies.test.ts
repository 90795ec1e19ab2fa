/**
 * Signed deliveries of every profile, made to break whatever reads them, with innocents in the same batches: over real
 * sockets.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { Agent, request } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import type { WebhookEvent } from "../../src/domain/Event.js"
import { providerOf } from "../../src/providers/index.js"
import { teachProviders } from "../../src/providers/service.js"
import { createReceiver, openInbox } from "../../src/receiver/index.js"
import { readableBody } from "../../src/receiver/intake/BodyReading.js"
import { parsePayload } from "../../src/receiver/payloads/PayloadParser.js"
import { runCli } from "../support/cli.js"
import { root } from "../support/files.js"
import { until } from "../support/until.js"
import { attack, type Boundary, campaignMs, inputsOf, seed, type World } from "./Campaign.js"
import { grown } from "./Corpus.js"
import { diceOf } from "./Dice.js"
import { mutated } from "./Mutation.js"
import { allowedFor, goodBodies, maxBodyBytes, type Posted, posted, sentOf, sources } from "./Posted.js"
import { type Tree, written } from "./Tree.js"

const share = 0.5

const products = ["freshdesk", "freshservice", "freshsales", "freshchat", "github"]

const readInProcess = (tree: Tree): void => {
  const body = readableBody(Buffer.from(written(tree)), {})
  if (typeof body === "string") return
  for (const product of products)
    parsePayload(body, {
      provider: providerOf(product),
      header: (name) => (name === "x-github-event" ? "issues" : null)
    })
}

interface Answered {
  readonly status: number
  readonly text: string
}

const post = (
  url: string,
  agent: Agent,
  source: string,
  body: Buffer,
  headers: Record<string, string>
): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const posting = request(
      `${url}/hooks/${source}`,
      { method: "POST", agent, headers: { ...headers, "content-length": body.length } },
      (response) => {
        let text = ""
        response.on("data", (chunk) => {
          text += chunk
        })
        response.on("end", () => resolve({ status: response.statusCode!, text: text.trim() }))
      }
    )
    posting.on("error", reject)
    posting.end(body)
  })

/** The end of the last world, for the command line to read. */
let last: string | null = null

const open = async (count: (outcome: string) => void): Promise<World<Posted>> => {
  const folder = mkdtempSync(join(tmpdir(), "hookshift-attack-"))
  const db = join(folder, "a.db")
  const handed: Array<WebhookEvent> = []
  const receiver = await createReceiver({
    db,
    listen: { port: 0 },
    sources,
    maxBodyBytes,
    // No answer may be a 503, however busy the machine is.
    ackDeadlineMs: 100_000,
    hydrate: async (_, entity, id) => (id.length % 3 === 0 ? null : { id, entity, updated_at: "2026-03-02T10:00:01Z" }),
    onEvent: (event) => void handed.push(event)
  })
  const agent = new Agent({ keepAlive: true })
  const taken = { stored: 0, duplicate: 0, quarantined: 0 }
  const innocents = new Set<string>()
  let number = 0

  const one = async (input: Posted): Promise<void> => {
    const { body, headers } = sentOf(input, ++number)
    const { status, text } = await post(receiver.url, agent, input.source, body, headers)
    if (!allowedFor(input, body.length).includes(status))
      throw new Error(
        `answered ${status} (${text}), where the table has ${allowedFor(input, body.length).join(" or ")}`
      )
    count(status === 200 ? `200 ${text}` : String(status))
    if (status !== 200) return
    if (!Object.hasOwn(taken, text)) throw new Error(`answered 200 with "${text}"`)
    taken[text as keyof typeof taken] += 1
    if (input.innocent === null) return
    if (text !== "stored") throw new Error(`an innocent was answered ${text}`)
    innocents.add(input.innocent)
  }

  return {
    run: async (inputs) => {
      await Promise.all(inputs.map(one))
      expect(Object.keys(Object.prototype), "no prototype is changed").toEqual([])
    },
    settle: async () => {
      await until(
        () => receiver.inbox.counts().stored === 0,
        `${receiver.inbox.counts().stored} stored events are handed over or dead`
      )
      const handedIds = new Set(handed.map(({ entityId }) => entityId))
      expect(
        [...innocents].filter((id) => !handedIds.has(id)),
        "every innocent is handed over"
      ).toEqual([])
      const { delivered, dead, quarantined } = receiver.inbox.counts()
      expect(quarantined, "each answer 'quarantined' is a row in quarantine").toBe(taken.quarantined)
      const lines = receiver.inbox.list(1_000_000)
      expect(lines.length, "the list has every row").toBe(delivered + dead + quarantined)
      const merged = receiver.inbox.list(1_000_000, { state: "delivered" }).length
      expect(merged).toBe(delivered)
      expect(new Set(handed.map(({ id }) => id)).size, "what is delivered was handed over, once").toBe(delivered)
      for (const { id } of lines) {
        const shown = receiver.inbox.show(id)
        if (shown === null || shown.body === null)
          throw new Error(`the row ${id} cannot be shown: ${JSON.stringify(shown)}`)
      }
      for (const event of handed) {
        const { after, before, entityId, occurredAt, receivedAt } = event
        JSON.stringify(event)
        if (entityId === "" || [occurredAt, receivedAt].some((at) => at !== null && Number.isNaN(Date.parse(at))))
          throw new Error(`an event was handed over that no handler can use: ${JSON.stringify(event)}`)
        for (const look of [before, after])
          if (look !== null && Object.getPrototypeOf(look) !== Object.prototype)
            throw new Error("a snapshot has another nature")
      }
      for (let times = dead; times > 0; times--) count("dead")
      for (let times = handed.length; times > 0; times--) count("handed over")
    },
    close: async () => {
      agent.destroy()
      await receiver.close()
      // Whatever was stored can be read by the next one as well.
      const inbox = openInbox(db)
      const rows = [...inbox.history()].length
      inbox.close()
      if (rows === 0 && taken.stored > 0) throw new Error("the history is empty")
      if (last !== null) rmSync(last, { recursive: true, force: true })
      last = folder
    }
  }
}

it(
  "a signed body of any sort is answered by the table, harms itself alone, and is handed over, dead or in quarantine",
  async () => {
    expect(teachProviders([join(root, "fixtures/providers/github.json")], "/")).toBeNull()
    const corpus = await grown({
      good: goodBodies,
      dice: diceOf(seed, "bodies"),
      tries: Math.ceil(inputsOf(share) / 4),
      folders: ["receiver/payloads", "receiver/intake/BodyReading", "domain"],
      mutate: mutated,
      attempt: readInProcess
    })
    const boundary: Boundary<Posted> = {
      name: "signed bodies",
      share,
      together: 16,
      inRound: 1_000,
      open,
      make: (dice, number) => posted(corpus, dice, number)
    }
    await attack(boundary)
    if (last === null) return
    const ran = await runCli(["inbox", "list", "--json", "--limit", "1000000"], {
      cwd: last,
      env: { HOOKSHIFT_DB: "a.db" }
    })
    expect(ran.stderr).toBe("")
    expect(JSON.parse(ran.stdout).length).toBeGreaterThan(0)
    const shown = await runCli(["inbox", "list", "--limit", "1000000"], { cwd: last, env: { HOOKSHIFT_DB: "a.db" } })
    expect([shown.code, /[^\P{C}\n]/u.test(shown.stdout)]).toEqual([0, false])
    rmSync(last, { recursive: true, force: true })
  },
  campaignMs
)
