/**
 * Asks one page after the other, and prints what it got: `through.mjs CLIENT BASE PAGES`. Each client is used as its own
 * documentation shows it.
 */
import http from "node:http"
import https from "node:https"

const [, , name, base, pages] = process.argv
const headers = { authorization: "Basic Y2FuYXJ5OlgK", "user-agent": "through/1.0" }

const collect = async (stream) => {
  let text = ""
  for await (const chunk of stream) text += chunk
  return text
}
const nodeHttp = (url, { body, method = "GET" } = {}) =>
  new Promise((resolve, reject) => {
    const { request } = url.startsWith("https:") ? https : http
    const sent = request(url, { method, headers }, async (answer) => {
      resolve({
        status: answer.statusCode,
        link: answer.headers.link,
        url: answer.req.path,
        text: await collect(answer)
      })
    })
    sent.on("error", reject)
    sent.end(body)
  })

const undici = async (version, origin) => {
  const lib = await import(`undici${version}`)
  const read = async ({ body, headers: got, statusCode }, url) => ({
    status: statusCode,
    link: got.link,
    url,
    text: await body.text()
  })
  if (origin !== undefined) {
    const pool = new lib[origin](new URL(base).origin)
    return async (url, options) =>
      read(
        await pool.request({ path: new URL(url).pathname + new URL(url).search, method: "GET", headers, ...options }),
        url
      )
  }
  return async (url, options) => read(await lib.request(url, { headers, ...options }), url)
}

const clients = {
  fetch: () => async (url, options) => {
    const answer = await fetch(url, { headers, ...options })
    return { status: answer.status, link: answer.headers.get("link"), url: answer.url, text: await answer.text() }
  },
  http: () => nodeHttp,
  undici5: () => undici(5),
  undici6: () => undici(6),
  undici7: () => undici(7),
  undici8: () => undici(8),
  "undici5 Pool": () => undici(5, "Pool"),
  "undici6 Client": () => undici(6, "Client"),
  "undici7 Client": () => undici(7, "Client"),
  "undici8 Pool": () => undici(8, "Pool"),
  axios: async () => {
    const { default: axios } = await import("axios")
    return async (url, { body, method } = {}) => {
      const answer = await axios({
        url,
        method,
        data: body,
        headers,
        responseType: "text",
        transformResponse: (text) => text
      })
      return { status: answer.status, link: answer.headers.link, url: answer.request.path, text: answer.data }
    }
  },
  got: async () => {
    const { default: got } = await import("got")
    return async (url, { body, method } = {}) => {
      const answer = await got(url, { headers, method, ...(body === undefined ? {} : { body }), retry: { limit: 0 } })
      return { status: answer.statusCode, link: answer.headers.link, url: answer.url, text: answer.body }
    }
  },
  needle: async () => {
    const { default: needle } = await import("needle")
    return async (url, { body, method = "GET" } = {}) => {
      const answer = await needle(method.toLowerCase(), url, body ?? null, { headers, parse: false })
      return {
        status: answer.statusCode,
        link: answer.headers.link,
        url: answer.req.path,
        text: answer.body.toString()
      }
    }
  }
}

const ask = await clients[name]()
const told = []
const tell = async (url, options) => {
  try {
    told.push(await ask(url, options))
  } catch (error) {
    told.push({ error: error.cause?.code ?? error.code ?? error.name })
  }
}
for (let page = 1; page <= Number(pages); page++) await tell(`${base}/api/v2/tickets?page=${page}`)
if (process.env.WRITES) await tell(`${base}/api/v2/tickets`, { method: "POST", body: '{"subject":"new"}' })
console.log(JSON.stringify(told))
