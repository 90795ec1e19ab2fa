/**
 * Two receivers on one inbox that are killed, or stopped and continued, under load: with poison among the deliveries, a
 * failing target, purges, reloads and reconciliation. Every acknowledged delivery is handed over, dead or in
 * quarantine; only what was not recorded when its receiver ended is handed over again; each entity's order is kept.
 */
import { createHash } from "node:crypto"
import { renameSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import { expect, it } from "vitest"
import type { WebhookEvent } from "../../src/domain/Event.js"
import { openInbox } from "../../src/receiver/index.js"
import { ended } from "../support/cli.js"
import { contend, type Owner } from "../support/contenders.js"
import { deliveryBody, post, receiverConfig, secret } from "../support/deliveries.js"
import { temporaryFolder } from "../support/files.js"
import { listeningAt } from "../support/listening.js"
import { poisonBody, poisonId } from "../support/poison.js"
import { until } from "../support/until.js"

const rounds = Number(process.env["CONTENTION_ROUNDS"] ?? 5)
/** Every so many rounds the owner is stopped instead of killed, and goes on once the other has taken over. */
const stopEvery = rounds > 5 ? 8 : 3
const entities = 8
const poisoners = 2
/** Stamps of whole seconds, one for each version. */
const firstStamp = Date.UTC(2026, 2, 2)
/** Each of so many versions is refused by the target once. */
const refusedEvery = 23
/** For a machine with much else to do. */
const patienceMs = 400_000

interface Handed {
  readonly version: number
  /** The run of a receiver that handed it over. */
  readonly by: string
  /** The event's id. */
  readonly event: string
  readonly at: number
}

/** Takes events, one version of an entity after the other; some it refuses at first. */
const startTarget = async () => {
  const handed = new Map<string, Array<Handed>>()
  const poisoned = new Set<string>()
  const refused = new Set<string>()
  const url = await listeningAt(
    createServer((request, response) => {
      let text = ""
      request.on("data", (chunk) => {
        text += chunk
      })
      request.on("end", () => {
        const { after, entityId, id: event } = JSON.parse(text) as WebhookEvent
        if (Number(entityId) > entities) {
          poisoned.add(entityId)
          return response.end()
        }
        const version = Number(after!["version"])
        const key = `${entityId} ${version}`
        if (version % refusedEvery === 0 && !refused.has(key)) {
          refused.add(key)
          return response.writeHead(500).end()
        }
        handed.set(entityId, [...(handed.get(entityId) ?? []), { version, by: request.url!, event, at: Date.now() }])
        // Something is in hand at each moment.
        setTimeout(() => response.end(), 5)
      })
    })
  )
  return { handed, poisoned, url }
}

it.skipIf(process.platform === "win32")(
  `loses nothing in ${rounds} ends of its owner, repeats only what was not recorded, and keeps each entity's order`,
  { timeout: 14_400_000 },
  async () => {
    const folder = temporaryFolder()
    const db = join(folder, "hookshift.db")
    const target = await startTarget()

    // What was sent has happened at the provider, so reconciliation may be the first to tell of it.
    const sent = new Map<string, { version: number; at: number }>()
    const stampOf = (version: number) => new Date(firstStamp + version * 1_000).toISOString()
    const ticketOf = (id: number, version: number) => ({ id, version, updated_at: stampOf(version) })
    let listed = 0
    const provider = await listeningAt(
      createServer((request, response) => {
        const url = new URL(request.url!, "http://provider")
        const plain = url.pathname === "/api/v2/tickets" && !url.searchParams.has("filter")
        if (plain) listed += 1
        if (/\d$/.test(url.pathname)) return response.writeHead(404).end()
        // Its clock is before all changes: they are news.
        response.writeHead(200, { "content-type": "application/json", date: new Date(firstStamp).toUTCString() })
        response.end(JSON.stringify(plain ? [...sent].map(([id, { version }]) => ticketOf(Number(id), version)) : []))
      })
    )
    let settings = 0
    const writeConfig = (): void => {
      const config = JSON.parse(receiverConfig.replace("http://127.0.0.1:1", provider)) as {
        sources: { fd: Record<string, unknown> }
      }
      config.sources.fd["reconcile"] = { overlap: `${60 + (++settings % 2) * 60} seconds` }
      writeFileSync(join(folder, "next.json"), JSON.stringify(config))
      renameSync(join(folder, "next.json"), join(folder, "hookshift.config.json"))
    }
    writeConfig()

    const contenders = contend({
      folder,
      env: { FD_KEY: "k", FD_SECRET: secret },
      args: (path) => [
        ...["receive", "--listen", "127.0.0.1:0", "--admin", "off", "--reconcile", "1s"],
        ...["--forward", `${target.url}${path}`]
      ]
    })
    const { owner } = contenders
    let over = false
    const posted = async (body: string | Uint8Array): Promise<number | null> => {
      const url = owner()?.url
      // A stopped receiver answers nothing.
      const answer =
        url === undefined ? null : await Promise.race([post(url, body).catch(() => null), contenders.ownerChanges()])
      if (answer?.status !== 200) await new Promise((resolve) => setTimeout(resolve, 20))
      return answer?.status ?? null
    }

    const acknowledged = new Map<string, number>()
    const count = (): number => [...acknowledged.values()].reduce((sum, version) => sum + version, 0)
    const load = Array.from({ length: entities }, async (_, n) => {
      const key = String(n + 1)
      // One writer an entity: a version is sent once the one before it is acknowledged, and again where nobody knows.
      while (!over) {
        const version = (acknowledged.get(key) ?? 0) + 1
        if (sent.get(key)?.version !== version) sent.set(key, { version, at: Date.now() })
        const body = deliveryBody({ id: n + 1, updated_at: stampOf(version), snapshot: ticketOf(n + 1, version) })
        if ((await posted(body)) === 200) acknowledged.set(key, version)
      }
    })
    const poison: Array<{ readonly sha256: string; readonly id: number }> = []
    const answers = new Set<number>()
    let poisons = 0
    const poisoning = Array.from({ length: poisoners }, async () => {
      while (!over) {
        const n = poisons++
        const body = poisonBody(n)
        for (let status: number | null = null; status !== 200 && !over; ) {
          status = await posted(body)
          if (status !== null) answers.add(status)
          if (status === 200) poison.push({ sha256: createHash("sha256").update(body).digest("hex"), id: poisonId(n) })
        }
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    })

    await until(() => owner() !== null, "there is an owner", patienceMs)
    const inbox = openInbox(db, { mustExist: true })
    let purged = 0
    /** Only what no sender may send once more: a purged delivery is forgotten. */
    const purge = (): void => {
      const to = Math.min(...[...sent.values()].map(({ at }) => at)) - 1_000
      try {
        for (let after: number | null = 0; after !== null; ) {
          const slice: ReturnType<typeof inbox.purgeSlice> = inbox.purgeSlice({ state: "delivered", to }, after)
          purged += slice.count
          after = slice.next
        }
      } catch (error) {
        // The receiver's own commits come one behind the other on a busy machine: the next round purges what is left.
        if ((error as { readonly code?: string }).code !== "SQLITE_BUSY") throw error
      }
    }

    const rows = new Sqlite(db, { readonly: true })
    const selectOwner = rows.prepare("SELECT pid FROM inbox_owner").pluck()
    const selectStored = rows.prepare("SELECT entity_id AS id, updated_at AS at FROM delivery WHERE state = 'stored'")
    /** By receiver: events that were not recorded as handed over when it ended. */
    const unrecorded = new Map<string, ReadonlySet<string>>()
    const noteUnrecorded = ({ child, path }: Owner): void =>
      rows.transaction(() => {
        // Its lease says that no other one has recorded anything since.
        expect(selectOwner.get()).toBe(child.pid)
        const waiting = selectStored.all() as Array<{ id: string; at: number }>
        unrecorded.set(path, new Set(waiting.map(({ at, id }) => `${id} ${(at - firstStamp) / 1_000}`)))
      })()

    let stops = 0
    let reloads = 0
    const readAgain = ({ said }: Owner): number => said().split("settings and secrets were read again").length - 1
    for (let round = 1; round <= rounds; round++) {
      if (round % 25 === 0) console.log(`end ${round} of ${rounds}: ${count()} acknowledged so far`)
      const from = count()
      await until(() => owner() !== null && count() >= from + 15, `round ${round} has its load`, patienceMs)
      const now = owner()!
      const { child, path } = now
      writeConfig()
      child.kill("SIGHUP")
      const more = count() + 15 + ((round * 13) % 40)
      // In some rounds the end comes in the middle of the reload.
      if (round % 4 !== 0)
        await until(() => count() >= more && readAgain(now) > 0, `round ${round} has its reload`, patienceMs)
      purge()
      reloads += readAgain(now)
      if (round % stopEvery !== 0) {
        child.kill("SIGKILL")
        noteUnrecorded(now)
        await ended(child)
        continue
      }
      const lockedBefore = contenders.lockedOut()
      child.kill("SIGSTOP")
      noteUnrecorded(now)
      const takenOver = () => owner() !== null && owner()!.child !== child
      await until(
        () => takenOver() || contenders.lockedOut() > lockedBefore,
        "the other has taken over, or says why it cannot",
        patienceMs
      )
      if (!takenOver()) {
        child.kill("SIGKILL")
        await ended(child)
        continue
      }
      stops += 1
      const handedByIt = () => [...target.handed.values()].flat().filter(({ by }) => by === path).length
      const before = handedByIt()
      child.kill("SIGCONT")
      expect(await ended(child)).toBe(3)
      expect(handedByIt()).toBe(before)
    }
    // On a slow machine the rounds may be over before the other one has come to its first try.
    await until(() => owner() !== null && contenders.refused.length > 0, "one of them is refused", patienceMs)
    over = true
    await Promise.all([...load, ...poisoning])

    const firstTimes = (key: string): ReadonlyArray<number> => [
      ...new Set((target.handed.get(key) ?? []).map(({ version }) => version))
    ]
    await until(
      () => [...acknowledged].every(([key, version]) => firstTimes(key).length >= version),
      "every acknowledged version is handed over",
      patienceMs
    )
    await until(() => inbox.counts().stored === 0, "nothing waits", patienceMs)
    contenders.over()
    await until(() => owner() !== null, "there is an owner", patienceMs)
    const last = owner()!.child
    last.kill("SIGTERM")
    expect(await ended(last)).toBe(0)
    expect(new Set(contenders.refused)).toEqual(new Set(["named"]))

    let again = 0
    for (const key of acknowledged.keys()) {
      const versions = firstTimes(key)
      expect(versions).toEqual(Array.from({ length: versions.length }, (_, n) => n + 1))
      expect(inbox.state("fd", "ticket", key)?.snapshot["version"]).toBe(versions.length)
      const all = target.handed.get(key)!
      for (const by of new Set(all.map((one) => one.by))) {
        const own = all.flatMap((one) => (one.by === by ? [one.version] : []))
        const twice = all.filter((one) => own.indexOf(one.version) !== own.lastIndexOf(one.version))
        // What the receiver said of it shows why: a target that did not answer in time is asked again.
        expect(own, `${key} by ${by}: ${JSON.stringify(twice)}\n${contenders.said(by)}`).toEqual(
          [...new Set(own)].sort((a, b) => a - b)
        )
      }
      for (const [n, { by, version }] of all.entries())
        if (all.slice(n + 1).some((later) => later.version === version)) {
          again += 1
          expect([...(unrecorded.get(by) ?? [])], `version ${version} of ${key}, by ${by} and again`).toContain(
            `${key} ${version}`
          )
        }
    }
    const quarantined = new Set(inbox.list(10_000_000, { state: "quarantined" }).map(({ bodySha256 }) => bodySha256))
    const dead = new Set(inbox.list(10_000_000, { state: "dead" }).map(({ entityId }) => entityId))
    const accounted = ({ id, sha256 }: (typeof poison)[number]): boolean =>
      quarantined.has(sha256) || target.poisoned.has(String(id)) || dead.has(String(id))
    expect(poison.filter((one) => !accounted(one))).toEqual([])
    expect(poison.length).toBeGreaterThan(rounds)
    expect([...answers].filter((status) => status !== 200 && status !== 503)).toEqual([])
    expect(reloads).toBeGreaterThan(0)
    expect(listed).toBeGreaterThan(0)
    expect(purged).toBeGreaterThan(0)
    inbox.close()
    rows.close()
    if (rounds > 5)
      console.log(
        `${rounds} ends, ${stops} of them stops with a takeover; ${count()} acknowledged, ${[...target.handed.values()].flat().length} hand-overs, ${again} again; ${poison.length} poisoned acknowledged, ${quarantined.size} in quarantine, ${target.poisoned.size} handed over, ${dead.size} dead; ${purged} purged, ${reloads} reloads, ${listed} sweeps; ${contenders.starts()} starts, ${contenders.refused.length} refused by name, ${contenders.lockedOut()} for the lock of a stopped one`
      )
  }
)
