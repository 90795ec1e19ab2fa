// A poller as its settings have it (POLLER, JSON): a list read at an interval, by a time filter, whole, or newest first
// until what is known already; with one more call for each item that changed where it is told to.
const {
  authorization,
  detail,
  every,
  filter,
  items: itemsAt,
  list,
  mode,
  origin,
  pages,
  perPage,
  stamp,
  views
} = JSON.parse(process.env.POLLER)
const headers = { authorization }
const known = new Map()

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

async function get(path) {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(origin + path, { headers })
    if (response.ok) return response.json()
    await response.text()
    if (response.status !== 429 || attempt === 5) throw new Error(`${path}: ${response.status}`)
    await wait(Number(response.headers.get("retry-after") ?? 1) * 1_000)
  }
}

let view = null
if (views) {
  const { filters } = await get(views)
  view = filters.find(({ name }) => name.startsWith("All")).id
}

let since = new Date(Date.now() - 3_600_000)

const queryOf = (page) => {
  const from = new Date(since.getTime() - 60_000).toISOString()
  const words = [...(perPage ? [`${perPage}`] : []), `page=${page}`]
  if (mode === "since") words.unshift(`${filter}=${stamp === "seconds" ? `${from.slice(0, 19)}Z` : from}`)
  if (mode === "newest") words.unshift("sort=updated_at&sort_type=desc")
  return words.join("&")
}

async function sweep() {
  const started = new Date()
  const size = Number(/\d+/.exec(perPage ?? "")?.[0] ?? 30)
  for (let page = 1; ; page++) {
    const body = await get(`${list.replace("{view}", view)}?${queryOf(page)}`)
    const items = itemsAt === "" ? body : body[itemsAt]
    const fresh = items.filter((item) => known.get(item.id) !== (item.updated_at ?? item.updated_time))
    for (const item of fresh) {
      const before = known.has(item.id)
      known.set(item.id, item.updated_at ?? item.updated_time)
      if (detail && (before || mode === "since")) await get(detail.replace("{id}", item.id))
    }
    const last = pages === "total" ? page >= (body.pagination ?? body.meta).total_pages : items.length < size
    if (last || (mode === "newest" && fresh.length < items.length)) break
  }
  since = started
}

const loop = () =>
  sweep()
    .catch((error) => console.error(error.message))
    .finally(() => setTimeout(loop, every * 1_000))
loop()
