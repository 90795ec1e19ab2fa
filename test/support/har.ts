/** Entries as the tools that write HAR write them. */
export const harOfEntries = (entries: ReadonlyArray<unknown>, creator = "WebInspector"): string =>
  JSON.stringify({
    log: {
      version: "1.2",
      creator: { name: creator, version: "537.36" },
      pages: [{ id: 'page "1"', title: "[{entries" }],
      entries
    }
  })

const at = (second: number): string => `2026-03-02T10:00:${String(second).padStart(2, "0")}.250Z`
const ticketsUrl = "https://acme.freshdesk.com/api/v2/tickets?per_page=100&page=1"
export const ticketBody = (count: number): string =>
  JSON.stringify(
    Array.from({ length: count }, (_, id) => ({
      id: id + 1,
      subject: '\\"}]',
      created_at: "2026-03-01T10:00:00Z",
      updated_at: "2026-03-02T09:00:00Z"
    }))
  )

/** Chrome's export: no Authorization, text in clear, sizes of -1, a transfer size of its own. */
export const chromeEntry = (second: number, items: number) => ({
  _resourceType: "fetch",
  startedDateTime: at(second),
  time: 123.456,
  request: {
    method: "GET",
    url: ticketsUrl,
    httpVersion: "http/2.0",
    headers: [{ name: "User-Agent", value: "Mozilla/5.0 (X11)" }],
    queryString: [],
    cookies: [],
    headersSize: -1,
    bodySize: 0
  },
  response: {
    status: 200,
    statusText: "",
    httpVersion: "http/2.0",
    headers: [
      { name: "content-encoding", value: "gzip" },
      { name: "x-ratelimit-total", value: "200" },
      { name: "x-ratelimit-remaining", value: "150" }
    ],
    cookies: [],
    content: { size: 900, mimeType: "application/json; charset=utf-8", text: ticketBody(items) },
    redirectURL: "",
    headersSize: -1,
    bodySize: -1,
    _transferSize: 400
  },
  cache: {},
  timings: { send: 0, wait: 120, receive: 3.456 }
})

/** mitmproxy's: the headers whole, the body in base64 where it is not text. */
export const mitmproxyEntry = (second: number, key: string) => ({
  startedDateTime: at(second).replace("Z", "+00:00"),
  time: 80,
  request: {
    method: "GET",
    url: ticketsUrl,
    headers: [
      { name: "authorization", value: `Basic ${Buffer.from(`${key}:X`).toString("base64")}` },
      { name: "user-agent", value: "crm-sync/2.1 (linux)" }
    ],
    bodySize: 0
  },
  response: {
    status: 200,
    headers: [{ name: "content-type", value: "application/json" }],
    content: {
      size: 500,
      mimeType: "application/json",
      text: Buffer.from(ticketBody(3)).toString("base64"),
      encoding: "base64"
    },
    bodySize: 500
  },
  serverIPAddress: "127.0.0.1"
})

/** Charles': an offset in the time, no body kept. */
export const charlesEntry = (second: number) => ({
  startedDateTime: `2026-03-02T11:00:${String(second).padStart(2, "0")}.250+01:00`,
  time: 95,
  request: { method: "GET", url: ticketsUrl, headers: [{ name: "User-Agent", value: "crm-sync/2.1" }], bodySize: 0 },
  response: { status: 200, headers: [], content: { size: 5000, mimeType: "application/json" }, bodySize: 700 }
})

/** A request that never got an answer, as Chrome has it. */
export const failedEntry = (second: number) => ({
  startedDateTime: at(second),
  time: 5,
  request: { method: "GET", url: ticketsUrl, headers: [], bodySize: 0 },
  response: {
    status: 0,
    headers: [],
    content: { size: 0, mimeType: "x-unknown" },
    _error: "net::ERR_CONNECTION_REFUSED",
    bodySize: -1
  }
})
