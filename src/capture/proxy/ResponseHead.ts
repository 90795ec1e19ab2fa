/**
 * Writes the head of an answer. Headers are a flat list, which keeps duplicates and spelling; Node's types have pairs
 * only.
 */
import { ServerResponse } from "node:http"
import type { ProxyResponse } from "./ClientSide.js"

const own = ServerResponse.prototype.writeHead

/** `reason`: `null` for the usual phrase of the status. */
export const writeHead = (
  response: ProxyResponse,
  status: number,
  reason: string | null,
  headers: ReadonlyArray<string>
): void => {
  if (response instanceof ServerResponse && response.writeHead !== own) {
    // A middleware of the server has wrapped it. The ones on on-headers before 1.1 (compression, express-session,
    // morgan) read a flat list as single letters.
    setEach(response, headers)
    if (reason === null) response.writeHead(status)
    else response.writeHead(status, reason)
  } else if (reason === null) response.writeHead(status, headers as never)
  else response.writeHead(status, reason, headers as never)
}

const setEach = (response: ServerResponse, headers: ReadonlyArray<string>): void => {
  for (let at = 0; at < headers.length; at += 2) response.removeHeader(headers[at]!)
  for (let at = 0; at + 1 < headers.length; at += 2) response.appendHeader(headers[at]!, headers[at + 1]!)
}
