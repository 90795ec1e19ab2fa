// "Ticket updated", as an automation platform triggers it: every fifteen minutes a search, newest first, for what
// changed since.
const { ORIGIN, SEARCH, RESULTS } = process.env
const headers = { authorization: `Basic ${Buffer.from("key:X").toString("base64")}` }
let since = new Date(Date.now() - 15 * 60_000)

async function look() {
  const started = new Date()
  const query = encodeURIComponent(`"updated_at:>'${since.toISOString().slice(0, 19)}Z'"`)
  for (let page = 1; page <= 10; page++) {
    const response = await fetch(`${ORIGIN}${SEARCH}?query=${query}&page=${page}`, { headers })
    if (!response.ok) return console.error(`search: ${response.status} ${await response.text()}`)
    const body = await response.json()
    if (body[RESULTS].length < 30) break
  }
  since = started
}

await look()
setInterval(look, 15 * 60_000)
