// Your program, as small as it can be: it takes the receiver's events and believes none without its signature.
import { readFileSync } from "node:fs"
import { createServer } from "node:http"
import { verifyWebhook } from "hookshift/receiver"

const [secretFile, port = "3000"] = process.argv.slice(2)
const secrets = [readFileSync(secretFile, "utf8").trim()]
const longest = 2 ** 22

const taken = async (request) => {
  const chunks = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length > longest) return 413
    chunks.push(chunk)
  }
  const body = Buffer.concat(chunks)
  const check = verifyWebhook({ profile: "standard-webhooks", secrets }, request.headers, body)
  if (!check.valid) return 401
  const { changed, entity, entityId, event, id } = JSON.parse(body)
  // Do your work here, once for each id: an event may come again. Answer 2xx when it is done, else it is tried again.
  console.log(JSON.stringify({ id, event, entity, entityId, changed }))
  return 204
}

const server = createServer((request, response) => {
  const answer = (status) => response.writeHead(status).end()
  if (request.method !== "POST" || request.url !== "/events") return answer(404)
  taken(request).then(answer, () => answer(500))
})
server.listen(Number(port), () => console.log(`listening on ${server.address().port}`))
process.on("SIGTERM", () => server.close(() => process.exit(0)))
