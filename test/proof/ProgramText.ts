/** Writes the text of a Node program that polls as its plan says. The program writes down what it saw, by itself. */
import type { Client, Cursor, Pace, ProgramPlan } from "./Account.js"
import { idFields, stampFields } from "./Ways.js"

const clients: Readonly<Record<Exclude<Client, "python">, string>> = {
  fetch: `const get = async (path) => {
  const response = await fetch(path.startsWith("http") ? path : origin + path, { headers })
  return { status: response.status, header: (name) => response.headers.get(name), text: await response.text() }
}`,
  axios: `import axios from "axios"
const client = axios.create({ headers, validateStatus: () => true, responseType: "text", transformResponse: (text) => text })
const get = async (path) => {
  const response = await client.get(path.startsWith("http") ? path : origin + path)
  return { status: response.status, header: (name) => response.headers[name] ?? null, text: response.data }
}`,
  got: `import got from "got"
const client = got.extend({ headers, throwHttpErrors: false, retry: { limit: 0 } })
const get = async (path) => {
  const response = await client(path.startsWith("http") ? path : origin + path)
  return { status: response.statusCode, header: (name) => response.headers[name] ?? null, text: response.body }
}`
}

const cursors: Readonly<Record<Cursor, string>> = {
  overlap: "(newest ?? began - 3_600_000) - 60_000",
  newest: "newest ?? began - 3_600_000",
  after: "newest === null ? began - 3_600_000 : newest + 1_000",
  clock: "(lastBegan ?? began - 3_600_000) - 30_000"
}

const paces: Readonly<Record<Pace, string>> = {
  delay: `const loop = () => sweep().catch(tell).finally(() => setTimeout(loop, every))
loop()`,
  rate: `let running = false
const tick = () => {
  if (running) return
  running = true
  sweep().catch(tell).finally(() => { running = false })
}
tick()
setInterval(tick, every)`,
  cron: `const next = () => setTimeout(() => { next(); sweep().catch(tell) }, every - (Date.now() % every))
next()`,
  jitter: `let state = 7
const chance = () => { state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; return state / 4_294_967_296 }
const loop = () => sweep().catch(tell).finally(() => setTimeout(loop, every * (0.9 + 0.2 * chance())))
loop()`
}

const more: Readonly<Record<ProgramPlan["pages"], string>> = {
  link: `/rel="next"/.test(answer.header("link") ?? "")`,
  short: "items.length === size",
  total: "page < (body.pagination ?? body.meta).total_pages",
  next: "body.links?.next_page !== undefined"
}

const queryOf = ({ perPage, way }: ProgramPlan): string => {
  const fixed = [...(way.fixed ?? []), ...(way.perPage === undefined ? [] : [`${way.perPage.name}=${perPage}`])]
  const stamp = way.milliseconds === true ? "new Date(since).toISOString()" : "whole(since)"
  const words = [
    ...(way.mode === "since" ? [`\`${way.filter}=\${${stamp}}\``] : []),
    ...(way.mode === "search" ? [`\`query=\${encodeURIComponent(\`"updated_at:>'\${whole(since)}'"\`)}\``] : []),
    ...fixed.map((word) => JSON.stringify(word)),
    "`page=${page}`"
  ]
  return `[${words.join(", ")}].join("&")`
}

const named = (entity: string) => ({ id: idFields[entity] ?? "id", stamp: stampFields[entity] ?? "updated_at" })

const detailOf = ({ detail }: ProgramPlan): string => {
  if (detail === null) return ""
  const path = (template: string, id: string) => `\`${template.replace("{id}", `\${${id}}`)}\``
  const read = `const found = await ask(${path(detail.path, "id")})
      if (found === null) continue`
  const items = detail.at === "" ? "found.body" : `found.body[${JSON.stringify(detail.at)}]`
  if (detail.each === undefined)
    return `${read}
      for (const one of [${items}].flat()) see(${JSON.stringify(detail.entity)}, "detail", one)`
  return `${read}
      for (const stub of ${items}) {
        const each = await ask(${path(detail.each.path, "stub.id")})
        if (each !== null) see(${JSON.stringify(detail.each.entity)}, "each", each.body)
      }`
}

/** `settings` are the program's environment: where it polls, and the files of what it saw and knows. */
export const programText = (plan: ProgramPlan): string => {
  const { cursor, detail, everySeconds, pace, perPage, way } = plan
  const names = [way.entity, detail?.entity, detail?.each?.entity].filter((one) => one !== undefined && one !== "")
  return `// ${plan.name}
import { createHash } from "node:crypto"
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs"
const { ORIGIN: origin, AUTHORIZATION: authorization, SIGHTS: sights, STATE: file, REMEMBERS: remembers } = process.env
const headers = { authorization, "user-agent": "${plan.name}/1.0" }
${clients[plan.client as Exclude<Client, "python">]}

const every = ${everySeconds * 1_000}
const size = ${perPage ?? way.size ?? 30}
const fields = ${JSON.stringify(Object.fromEntries(names.map((name) => [name!, named(name!)])))}
const whole = (at) => new Date(at).toISOString().slice(0, 19) + "Z"
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const tell = (error) => console.error(error.message)

let known = new Map()
let newest = null
let lastBegan = null
let view = null
let nth = 0
if (remembers === "1" && existsSync(file)) {
  const kept = JSON.parse(readFileSync(file, "utf8"))
  known = new Map(kept.known)
  newest = kept.newest
  lastBegan = kept.lastBegan
}
const keep = () => writeFileSync(file, JSON.stringify({ known: [...known], newest, lastBegan }))

const ask = async (path) => {
  for (let attempt = 1; ; attempt++) {
    const answer = await get(path)
    if (answer.status === 200) return { ...answer, body: JSON.parse(answer.text) }
    if (answer.status === 404) return null
    if (answer.status !== 429 || attempt === 4) throw new Error(path + ": " + answer.status)
    await wait(Number(answer.header("retry-after") ?? 1) * 1_000)
  }
}

const seen = new Set()
/** Writes down each version when it is first met, and says whether the item is new to the program. */
const see = (entity, how, item) => {
  const id = item[fields[entity].id] ?? item.conversation_id ?? item.id
  const stamp = Date.parse(item[fields[entity].stamp] ?? item.updated_time)
  const key = how + " " + entity + " " + id + " " + stamp
  if (!seen.has(key)) {
    seen.add(key)
    const { [fields[entity].stamp]: _, ...rest } = item
    const content = createHash("sha256").update(JSON.stringify(rest)).digest("hex").slice(0, 16)
    appendFileSync(sights, JSON.stringify({ at: Date.now(), sweep: nth, how, entity, id: String(id), stamp, content }) + "\\n")
  }
  const before = known.get(how + entity + id)
  known.set(how + entity + id, stamp)
  return { id, fresh: before !== stamp, stamp }
}

const sweep = async () => {
  const began = Date.now()
  nth += 1
  appendFileSync(sights, JSON.stringify({ at: began, sweep: nth, how: "sweep" }) + "\\n")
${
  way.views === undefined
    ? ""
    : `  if (view === null) {
    const { body } = await ask("${way.views}")
    view = body.filters.find(({ name }) => name.startsWith("All")).id
  }
`
}  const since = ${cursors[cursor]}
  for (let page = 1; page < 60; page++) {
    const query = ${queryOf(plan)}
    const answer = await ask(\`${way.path.replace("{view}", "${view}")}?\${query}\`)
    if (answer === null) break
    const { body } = answer
    const items = ${way.at === "" ? "body" : `body[${JSON.stringify(way.at)}]`}
    const fresh = []
    for (const item of items) {
      const { fresh: isFresh, id, stamp } = see(${JSON.stringify(way.entity)}, "list", item)
      if (isFresh) fresh.push(id)
      if (newest === null || stamp > newest) newest = stamp
    }
    for (const id of ${detail?.each === undefined ? "fresh" : `items.map((item) => item.${named(way.entity).id})`}) {
      ${detailOf(plan)}
    }
    if (!(${more[plan.pages]})) break
${way.mode === "newest" ? "    if (fresh.length < items.length) break\n" : ""}  }
  lastBegan = began
  keep()
}

${paces[pace]}
`
}
