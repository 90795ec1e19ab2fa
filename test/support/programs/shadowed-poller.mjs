// Polls tickets by updated_since with an overlap, until it is told to stop.
const headers = { authorization: `Basic ${Buffer.from("key:X").toString("base64")}` }
const stamp = (at) => `${new Date(at).toISOString().slice(0, 19)}Z`
let newest = stamp(Date.now() - 1000)
let stopping = false
process.on("SIGTERM", () => {
  stopping = true
})
while (!stopping) {
  const since = stamp(Date.parse(newest) - 2000)
  for (let page = 1; ; page++) {
    const response = await fetch(
      `${process.env.FD_URL}/api/v2/tickets?updated_since=${since}&order_by=updated_at&order_type=asc&per_page=100&page=${page}`,
      { headers }
    )
    const tickets = await response.json()
    if (!Array.isArray(tickets)) break
    for (const ticket of tickets) if (ticket.updated_at > newest) newest = ticket.updated_at
    if (tickets.length < 100) break
  }
  await new Promise((resume) => setTimeout(resume, 1000))
}
