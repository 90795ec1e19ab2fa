// A connector into a warehouse: every half hour the tickets that changed, once more each for spam and for deleted ones,
// then conversations, ratings and time entries of each.
const { ORIGIN } = process.env
const headers = { authorization: `Basic ${Buffer.from("key:X").toString("base64")}` }
let since = new Date(Date.now() - 30 * 60_000)

async function get(path) {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(`${ORIGIN}/api/v2${path}`, { headers })
    if (response.ok) return response.json()
    await response.text()
    if (response.status === 404) return []
    if (response.status !== 429 || attempt === 5) throw new Error(`${path}: ${response.status}`)
    await new Promise((resolve) => setTimeout(resolve, Number(response.headers.get("retry-after")) * 1_000))
  }
}

async function sync() {
  const started = new Date()
  // At least once beats lost: a second of overlap.
  const from = `${new Date(since.getTime() - 1_000).toISOString().slice(0, 19)}Z`
  for (const filter of ["", "&filter=spam", "&filter=deleted"]) {
    for (let page = 1; ; page++) {
      const tickets = await get(
        `/tickets?updated_since=${from}&include=requester,company,stats&per_page=100&page=${page}${filter}`
      )
      for (const { id } of tickets)
        for (const part of ["conversations", "satisfaction_ratings", "time_entries"])
          await get(`/tickets/${id}/${part}`)
      if (tickets.length < 100) break
    }
  }
  since = started
}

const loop = () =>
  sync()
    .catch((error) => console.error(error.message))
    .finally(() => setTimeout(loop, 30 * 60_000))
loop()
