// A small poller as anybody writes one: WAY says of which kind, EVERY how often in seconds.
const { ORIGIN, WAY, EVERY, AUTHORIZATION } = process.env
const headers = { authorization: AUTHORIZATION }

const get = async (path) => {
  const response = await fetch(path.startsWith("http") ? path : `${ORIGIN}${path}`, { headers })
  const text = await response.text()
  const next = /<([^>]+)>; rel="next"/.exec(response.headers.get("link") ?? "")?.[1] ?? null
  return { body: response.ok ? JSON.parse(text) : null, next }
}

const listOf = async (path) => {
  const all = []
  for (let at = path; at !== null; ) {
    const { body, next } = await get(at)
    if (body !== null) all.push(...(Array.isArray(body) ? body : Object.values(body).find(Array.isArray)))
    at = next
  }
  return all
}

const seconds = (at) => `${new Date(at).toISOString().slice(0, 19)}Z`
let cursor = Date.now() - 60_000
const known = new Map()

/** Tickets since the newest stamp, with two seconds of overlap; with the conversations of each that is news. */
const tickets = async (withConversations) => {
  const since = encodeURIComponent(seconds(cursor - 2_000))
  for (const { id, updated_at } of await listOf(`/api/v2/tickets?per_page=100&updated_since=${since}`)) {
    cursor = Math.max(cursor, Date.parse(updated_at))
    if (withConversations && known.get(id) !== updated_at) await listOf(`/api/v2/tickets/${id}/conversations`)
    known.set(id, updated_at)
  }
}

let views = null
const viewed = async (kinds) => {
  views ??= await Promise.all(
    kinds.map(async (kind) => {
      const { filters } = (await get(`/crm/sales/api/${kind}/filters`)).body
      return `/crm/sales/api/${kind}/view/${filters.find(({ name }) => name.startsWith("All")).id}?sort=updated_at&sort_type=desc`
    })
  )
  for (const view of views) {
    for (let page = 1, pages = 1; page <= pages; page++)
      pages = (await get(`${view}&page=${page}`)).body?.meta.total_pages ?? 0
  }
}

const users = async (walk) => {
  const since = encodeURIComponent(new Date(cursor - 3_000).toISOString())
  const first = `/v2/users?items_per_page=20${walk ? "" : `&updated_from=${since}`}`
  for (let at = first; at !== null; ) {
    const { body } = await get(at)
    for (const user of body?.users ?? []) {
      cursor = Math.max(cursor, Date.parse(user.updated_time))
      if (!walk) continue
      for (const { id } of (await get(`/v2/users/${user.id}/conversations`)).body?.conversations ?? []) {
        await get(`/v2/conversations/${id}`)
        await get(`/v2/conversations/${id}/messages?items_per_page=20`)
      }
    }
    at = body?.links.next_page?.href ?? null
  }
}

const ways = {
  "tickets by cursor": () => tickets(false),
  "tickets with conversations": () => tickets(true),
  contacts: () => listOf("/api/v2/contacts?per_page=100"),
  assets: () => listOf("/api/v2/assets?per_page=100"),
  "changes and requesters": async () => {
    await listOf("/api/v2/changes?per_page=50")
    await listOf("/api/v2/requesters?per_page=100")
  },
  "contact view": () => viewed(["contacts"]),
  "deal and account views": () => viewed(["deals", "sales_accounts"]),
  tasks: () => get("/crm/sales/api/tasks?filter=open&page=1"),
  users: () => users(false),
  "users walk": () => users(true)
}

for (;;) {
  const began = Date.now()
  await ways[WAY]().catch((error) => console.error(error.message))
  await new Promise((resolve) => setTimeout(resolve, Math.max(50, began + Number(EVERY) * 1_000 - Date.now())))
}
