// Asks an awkward server in every way with one client, and prints what it got: `node awkward.mjs CLIENT PORT PATHS`.
import { createHash } from "node:crypto"
import { once } from "node:events"
import http from "node:http"
import { PassThrough, Readable } from "node:stream"
import { pipeline as pipelined } from "node:stream/promises"

const [, , client, port, pathList] = process.argv
const base = `http://127.0.0.1:${port}`
// Some clients never answer an upgrade that they did not ask for.
const paths = pathList
  .split(",")
  .filter((path) => path !== "/upgrade" || (/fetch$|http|undici/.test(client) && client !== "node-fetch"))
const log = []
process.on("unhandledRejection", (error) => log.push(["unhandled rejection", String(error)]))
process.on("warning", (warning) => log.push(["warning", warning.name, warning.message]))

// Long enough that a busy machine does not run into it where a quiet one would not.
const patience = 2_000
const digest = (bytes) => `${bytes.length} ${createHash("sha256").update(bytes).digest("hex").slice(0, 12)}`
const bytes = async (stream) => {
  const chunks = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}
const describe = (error, depth = 0) =>
  error === undefined || error === null || depth > 3
    ? String(error)
    : [
        error.constructor?.name,
        error.name,
        error.code ?? null,
        String(error.message).replace(/after \d+ ?ms/, "after some time"),
        ...(error.cause === undefined ? [] : [describe(error.cause, depth + 1)])
      ]

const plainHttp = (path, options = {}) =>
  new Promise((resolve) => {
    const events = []
    const request = http.request(`${base}${path}`, { timeout: patience, ...options }, (response) => {
      const chunks = []
      response.on("data", (chunk) => chunks.push(chunk))
      for (const name of ["end", "aborted", "error", "close"])
        response.on(name, (error) => {
          events.push(`response ${name}`)
          if (error) events.push(describe(error))
          if (name === "close")
            resolve([
              response.statusCode,
              response.headers,
              digest(Buffer.concat(chunks)),
              response.trailers,
              response.complete,
              events
            ])
        })
    })
    for (const name of ["information", "upgrade", "abort", "finish"])
      request.on(name, (value) => events.push([`request ${name}`, value?.statusCode]))
    request.on("upgrade", (response, socket, head) => {
      socket.destroy()
      resolve([response.statusCode, response.headers, String(head), events])
    })
    request.on("timeout", () => request.destroy(new Error("too slow")))
    request.on("error", (error) => {
      events.push(["request error", describe(error)])
      setTimeout(() => resolve(events), 20)
    })
    request.end(options.body)
  })

const undici = async (name) => {
  const { Agent, Pool, pipeline, request, stream, fetch: undiciFetch, Client } = await import(name)
  const agent = new Agent({ headersTimeout: patience, bodyTimeout: patience, connections: 2, pipelining: 1 })
  const pool = new Pool(base, { headersTimeout: patience, bodyTimeout: patience, connections: 2 })
  const pipelining = new Client(base, { pipelining: 4, headersTimeout: patience, bodyTimeout: patience })
  const ways = {
    request: async (path) => {
      const { body, headers, statusCode, trailers } = await request(`${base}${path}`, { dispatcher: agent })
      return [statusCode, headers, digest(await bytes(body)), trailers]
    },
    post: async (path) => {
      const { body, statusCode } = await request(`${base}${path}`, {
        dispatcher: agent,
        method: "POST",
        body: "a=1&b=2"
      })
      return [statusCode, digest(await bytes(body))]
    },
    stream: async (path) => {
      const out = new PassThrough()
      const read = bytes(out).catch((error) => describe(error))
      let status = 0
      await stream(`${base}${path}`, { dispatcher: agent, method: "GET" }, ({ statusCode }) => {
        status = statusCode
        return out
      })
      return [status, digest(await read)]
    },
    pipeline: async (path) => {
      const out = new PassThrough()
      const read = bytes(out).catch((error) => describe(error))
      await pipelined(
        Readable.from([Buffer.from("x")]),
        pipeline(`${base}${path}`, { dispatcher: agent, method: "PUT" }, ({ body }) => body),
        out
      )
      return [digest(await read)]
    },
    pool: async (path) => {
      const { body, statusCode } = await pool.request({ path, method: "GET" })
      return [statusCode, digest(await bytes(body))]
    },
    fetch: async (path) => {
      const response = await undiciFetch(`${base}${path}`, { signal: AbortSignal.timeout(patience) })
      return [response.status, [...response.headers], digest(Buffer.from(await response.arrayBuffer()))]
    }
  }
  for (const [way, ask] of Object.entries(ways)) await each(way, ask)
  const together = await Promise.allSettled(
    ["/plain", "/chunked", "/trailers", "/plain"].map((path) =>
      pipelining
        .request({ path, method: "GET" })
        .then(async ({ body, statusCode }) => [statusCode, digest(await bytes(body))])
    )
  )
  log.push(["pipelining", together.map(({ reason, value }) => value ?? describe(reason))])
  await Promise.all([agent.destroy(), pool.destroy(), pipelining.destroy()])
}

const each = async (way, ask) => {
  for (const path of paths) {
    const answer = await ask(path).catch((error) => ["error", describe(error)])
    log.push([way, path, answer])
  }
}

const clients = {
  fetch: async () => {
    await each("fetch", async (path) => {
      const response = await fetch(`${base}${path}`, { signal: AbortSignal.timeout(patience) })
      return [
        response.status,
        response.url,
        response.redirected,
        [...response.headers],
        digest(Buffer.from(await response.arrayBuffer()))
      ]
    })
    await each("fetch stream", async (path) => {
      const response = await fetch(`${base}${path}`, { signal: AbortSignal.timeout(patience), redirect: "manual" })
      return [response.status, response.body === null ? null : digest(await bytes(response.body))]
    })
    await each("fetch cancel", async (path) => {
      const response = await fetch(`${base}${path}`, { signal: AbortSignal.timeout(patience) })
      await response.body?.cancel()
      return [response.status, response.bodyUsed]
    })
    await each("fetch post", async (path) => {
      const response = await fetch(`${base}${path}`, {
        method: "POST",
        body: "x".repeat(3_000_000),
        signal: AbortSignal.timeout(patience * 4)
      })
      return [response.status, digest(Buffer.from(await response.arrayBuffer()))]
    })
    await each("fetch head", async (path) => (await fetch(`${base}${path}`, { method: "HEAD" })).status)
  },
  http: async () => {
    await each("get", (path) => plainHttp(path))
    await each("agent", async (path) => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
      const answers = await Promise.all([plainHttp(path, { agent }), plainHttp(path, { agent })])
      agent.destroy()
      return answers
    })
    await each("post", (path) =>
      plainHttp(path, { method: "POST", body: "y".repeat(500_000), headers: { expect: "" } })
    )
    await each("paused", async (path) => {
      const request = http.get(`${base}${path}`, { timeout: patience })
      request.on("timeout", () => request.destroy())
      request.on("error", () => undefined)
      try {
        const [response] = await Promise.race([once(request, "response"), once(request, "close").then(() => [null])])
        if (response === null) return "closed"
        const found = []
        response.pause()
        await new Promise((resume) => setTimeout(resume, 20))
        for await (const chunk of response) found.push(chunk)
        return [response.statusCode, digest(Buffer.concat(found))]
      } finally {
        request.destroy()
      }
    })
    await each("array headers", (path) => plainHttp(path, { headers: ["Host", `127.0.0.1:${port}`, "X-A", "1"] }))
  },
  undici5: () => undici("undici5"),
  undici6: () => undici("undici6"),
  undici7: () => undici("undici7"),
  undici8: () => undici("undici8"),
  axios: async () => {
    const { default: axios } = await import("axios")
    await each("axios", async (path) => {
      const { data, headers, status } = await axios.get(`${base}${path}`, {
        timeout: patience,
        validateStatus: () => true,
        responseType: "arraybuffer"
      })
      return [status, { ...headers }, digest(data)]
    })
    await each("axios json", async (path) => {
      const { data, status } = await axios.get(`${base}${path}`, { timeout: patience })
      return [status, digest(Buffer.from(JSON.stringify(data)))]
    })
  },
  got: async () => {
    const { default: got } = await import("got")
    await each("got", async (path) => {
      const { headers, rawBody, statusCode } = await got(`${base}${path}`, {
        timeout: { request: patience },
        retry: { limit: 0 },
        throwHttpErrors: false
      })
      return [statusCode, headers, digest(rawBody)]
    })
    await each("got stream", async (path) =>
      digest(await bytes(got.stream(`${base}${path}`, { timeout: { request: patience }, retry: { limit: 0 } })))
    )
  },
  needle: async () => {
    const { default: needle } = await import("needle")
    await each("needle", async (path) => {
      const { body, raw, statusCode } = await needle("get", `${base}${path}`, {
        timeout: patience,
        read_timeout: patience,
        response_timeout: patience,
        compressed: true
      })
      return [statusCode, digest(raw), typeof body]
    })
  },
  superagent: async () => {
    const { default: superagent } = await import("superagent")
    await each("superagent", async (path) => {
      const { body, header, status } = await superagent
        .get(`${base}${path}`)
        .timeout(patience)
        .ok(() => true)
      return [status, header, digest(Buffer.from(JSON.stringify(body)))]
    })
  },
  "node-fetch": async () => {
    const { default: nodeFetch } = await import("node-fetch")
    await each("node-fetch", async (path) => {
      const response = await nodeFetch(`${base}${path}`, { signal: AbortSignal.timeout(patience) })
      return [response.status, [...response.headers], digest(Buffer.from(await response.arrayBuffer()))]
    })
  }
}

await clients[client]()
// A refused connection, too.
log.push(["refused", await fetch("http://127.0.0.1:1/").catch((error) => describe(error))])
console.log(JSON.stringify(log, null, 1))
