/**
 * Plays a day: a simulated account, and against it the production receiver, its inbox's loop and its reconciliation, in one
 * thread, in virtual time, over a network and a disk that do as they are told. Returns what is wrong with what was seen.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { HttpClient, HttpClientResponse } from "@effect/platform"
import { Effect } from "effect"
import type { Policy } from "../../src/policy/index.js"
import { type Route, ruleBody } from "../../src/providers/index.js"
import { signatureHeader } from "../../src/receiver/index.js"
import type { ReceiverSender, ReceiverSource } from "../../src/receiver/intake/Sources.js"
import { parsePayload } from "../../src/receiver/payloads/PayloadParser.js"
import { randomStreams } from "../../src/replay/index.js"
import { makeVirtualTime, type VirtualTime } from "../../src/replay/wire/VirtualTime.js"
import { makeOAuthServer } from "../../src/simulator/OAuthServer.js"
import { type SimulatedProduct, startProduct } from "../../src/simulator/Product.js"
import type { Day, Span } from "./Day.js"
import { noEvidence } from "./Evidence.js"
import { beginLife, type Life, source } from "./Life.js"
import type { Disk } from "./linkInThread.js"
import { wrongWith } from "./Oracle.js"

const secret = "simulated-secret"

export const simulateDay = async (day: Day, policy: Policy): Promise<ReadonlyArray<string>> => {
  const folder = mkdtempSync(join(tmpdir(), "hookshift-day-"))
  try {
    return await play(day, policy, join(folder, "inbox.db"))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const play = async (day: Day, policy: Policy, db: string): Promise<ReadonlyArray<string>> => {
  const time = makeVirtualTime(day.from)
  const draw = randomStreams(day.seed, 1, "day of a receiver")
  const refusal = draw("handler")
  const within = (spans: ReadonlyArray<{ readonly from: number; readonly to: number }>): boolean =>
    spans.some(({ from, to }) => time.now() >= from && time.now() < to)
  const evidence = noEvidence()
  let life: Life | null = null
  const product = startProduct(day.product, {
    account: day.account,
    plan: "forest",
    seed: day.seed,
    entities: day.population,
    changesPerHour: day.changesPerHour,
    changesUntil: day.to,
    readLagMs: day.readLagMs,
    deliveryPolicy: "brief",
    revoked: new Set(),
    time,
    oauth: makeOAuthServer(time),
    faults: () => ({ ...day.faults, receiverDown: false, bulk: 0 }),
    onPost: () => undefined,
    post: (message) => posted(message.headers, message.body)
  })

  const posted = async (headers: Readonly<Record<string, string>>, body: string): Promise<number | null> => {
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
    time.enter()
    try {
      const answer = (await life?.deliver(lower, body)) ?? null
      if (answer === null) return null
      const read = parsePayload(Buffer.from(body), { provider: day.provider, header: (name) => lower[name] ?? null })
      const {
        entity,
        entityId: id,
        event,
        snapshot,
        updatedAt
      } = read.understood ? read.event : { event: "?", entity: "?", entityId: "?", snapshot: null, updatedAt: null }
      const { status, text } = answer
      evidence.posted.push({ at: time.now(), event, entity, id, snapshot, updatedAt, status, told: text.trim() })
      return status
    } finally {
      time.leave()
    }
  }

  addTwins(day, product, time)

  const busy = makeLocks(day, time)
  const disk: Disk = {
    beginFails: () =>
      within(day.disk.filter(({ kind }) => kind === "diskFull")) ? "SQLITE_FULL" : busy() ? "SQLITE_BUSY" : null,
    confirmFails: () => within(day.disk.filter(({ kind }) => kind === "diskUnconfirmed"))
  }
  const http = networkOf(day, product, time, () => within(day.providerDown))
  const receiverSource = setUp(day, product)
  let lives = 0
  const begin = async (): Promise<void> => {
    // A process that cannot open its inbox is begun again until it can.
    life = await beginLife({
      day,
      number: ++lives,
      db,
      time,
      policy,
      disk,
      http,
      receiverSource,
      evidence,
      refuses: () => time.now() < day.to && refusal() < day.handlerFails
    })
  }
  const during = (work: () => Promise<void>) => () => {
    time.enter()
    void work()
      .catch((error: unknown) => evidence.faults.push(`the program ended: ${error}`))
      .finally(time.leave)
  }
  const end = async (how: "stop" | "kill"): Promise<void> => {
    const ending = life
    life = null
    await ending?.[how]()
  }
  await begin()
  for (const { from, to } of day.stops) {
    time.at(
      from,
      during(() => end("stop"))
    )
    time.at(
      to,
      during(async () => {
        if (life === null && !within(day.stops)) await begin()
      })
    )
  }
  for (const at of day.crashes)
    time.at(
      at,
      during(async () => {
        if (life === null) return
        await end("kill")
        await begin()
      })
    )
  await time.runUntil(day.settledAt)
  const last = life as Life | null
  const wrong =
    last === null
      ? [...evidence.faults, "the receiver was not begun again"]
      : wrongWith(day, product.world, evidence, last.receiver.inbox)
  product.close()
  await end("stop")
  return wrong
}

const twinAfterMs = 7

/** Now and then a text that has changed is changed once more, so soon that both versions have one stamp. */
const addTwins = (day: Day, { world }: SimulatedProduct, time: VirtualTime): void => {
  const draw = randomStreams(day.seed, 2, "day of a receiver")("twins")
  let isTwin = false
  world.onChange(({ action, after, entity, fields, id }) => {
    if (isTwin || action !== "update" || draw() >= day.twins) return
    const field = fields.find((name) => typeof after[name] === "string")
    if (field === undefined) return
    time.at(time.now() + twinAfterMs, () => {
      isTwin = true
      world.change(entity, "update", id, { [field]: `${after[field]} again` })
      isTwin = false
    })
  })
}

/** The lock of another process is met a few times each, since waiting for it takes real time. */
const makeLocks = (day: Day, time: VirtualTime): (() => boolean) => {
  const left = new Map<Span, number>(day.disk.filter(({ kind }) => kind === "diskLocked").map((span) => [span, 3]))
  return () => {
    for (const [span, times] of left) {
      if (time.now() < span.from || time.now() >= span.to || times === 0) continue
      left.set(span, times - 1)
      return true
    }
    return false
  }
}

/** The provider's API, without sockets: calls take time, and meet a provider that is down and a limit that is used up. */
const networkOf = (
  day: Day,
  product: SimulatedProduct,
  time: VirtualTime,
  down: () => boolean
): HttpClient.HttpClient => {
  let minute = -1
  let used = 0
  const limited = (): boolean => {
    const now = Math.floor(time.now() / 60_000)
    if (now !== minute) {
      minute = now
      used = 0
    }
    used += 1
    return day.callsPerMinute !== null && used > day.callsPerMinute
  }
  return HttpClient.make((request, url) =>
    Effect.gen(function* () {
      yield* Effect.sleep(day.callMs / 2)
      const answer = down()
        ? { status: 503, body: undefined, headers: {} }
        : limited()
          ? {
              status: 429,
              body: { message: "limit" },
              headers: { "retry-after": String(60 - Math.floor((time.now() / 1_000) % 60)) }
            }
          : product.handle({
              method: request.method,
              path: url.pathname,
              query: url.searchParams,
              body:
                request.body._tag === "Uint8Array"
                  ? JSON.parse(new TextDecoder().decode(request.body.body))
                  : undefined,
              authorization: request.headers["authorization"],
              origin: url.origin
            })
      const date = new Date(time.now()).toUTCString()
      yield* Effect.sleep(day.callMs / 2)
      const body = answer.body === undefined ? null : JSON.stringify(answer.body)
      const headers = { date, "content-type": "application/json", ...answer.headers }
      return HttpClientResponse.fromWeb(request, new Response(body, { status: answer.status, headers }))
    })
  )
}

/** Subscribes at the stand-in by the day's routes. */
const setUp = (day: Day, product: SimulatedProduct): ReceiverSource => {
  const [first, ...further] = day.routes.map((route) => setUpBy(route, day, product))
  return { product: day.product, ...first!, ...(further.length === 0 ? {} : { further }) }
}

const setUpBy = (route: Route, day: Day, product: SimulatedProduct): ReceiverSender => {
  const { account, events, provider } = day
  const url = `http://receiver/hooks/${source}`
  if (route === "app") {
    product.deliveries.install({ product: day.product, url, secret, events })
    return { route, profile: "freshworks", secrets: [secret] }
  }
  if (product.setUpWebhook !== null) {
    const { publicKey } = product.setUpWebhook(url)
    return { route, profile: "freshchat", secrets: [publicKey] }
  }
  const template = provider.runbook?.body ?? ruleBody
  const bodies = Object.fromEntries(
    events.map((event) => [event, (route === "rule" ? ruleBody : template)(event, account)])
  )
  product.deliveries.setUp({ product: day.product, route, url, secret, header: signatureHeader.token, events, bodies })
  return { route, profile: "token", secrets: [secret] }
}
