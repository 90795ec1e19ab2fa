/** `Upgrade`: once both sides agree, their bytes pass unchanged. */
import http, { type IncomingMessage } from "node:http"
import https from "node:https"
import type { Socket } from "node:net"
import { TLSSocket } from "node:tls"
import type { CallObserver } from "../recorder/Recorder.js"
import { requestHeaders } from "./ProxyHeaders.js"
import type { Target } from "./Upstreams.js"

export const passUpgrade = (
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
  { path, upstream }: Target,
  observer: CallObserver | null,
  encrypted: boolean
): void => {
  const { protocol } = upstream.url
  const headers = requestHeaders(request, upstream, { encrypted }).slice(0, -2)
  headers.push("Connection", "Upgrade", "Upgrade", request.headers.upgrade ?? "")
  const outgoing = (protocol === "https:" ? https : http).request({
    protocol,
    hostname: upstream.url.hostname.replace(/^\[|\]$/g, ""),
    port: upstream.url.port,
    method: request.method,
    path,
    headers: headers as never,
    setHost: false
  })
  const answerHead = (answer: IncomingMessage): string => {
    observer?.headers(answer.statusCode ?? 0, (name) => String(answer.headers[name] ?? "") || null)
    const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`]
    for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2)
      lines.push(`${answer.rawHeaders[at]}: ${answer.rawHeaders[at + 1]}`)
    return `${lines.join("\r\n")}\r\n\r\n`
  }
  outgoing.on("upgrade", (answer, upstreamSocket, upstreamHead) => {
    socket.write(answerHead(answer))
    observer?.end()
    if (upstreamHead.length > 0) socket.write(upstreamHead)
    if (head.length > 0) upstreamSocket.write(head)
    upstreamSocket.pipe(socket).pipe(upstreamSocket)
    upstreamSocket.on("error", () => socket.destroy())
    socket.on("close", () => upstreamSocket.destroy())
  })
  outgoing.on("response", (answer) => {
    // The upstream declined: its answer is passed on, delimited by the connection's end.
    const text = answerHead(answer)
      .replace(/^(?:connection|transfer-encoding):.*\r\n/gim, "")
      .replace(/\r\n\r\n$/, "\r\nConnection: close\r\n\r\n")
    socket.write(text)
    answer.on("data", (chunk: Buffer) => observer?.chunk(chunk))
    answer.on("end", () => observer?.end())
    // An orderly end would mark the answer as complete.
    answer.on("error", (error) => {
      observer?.fail(error)
      socket.destroy()
    })
    answer.pipe(socket)
  })
  outgoing.on("error", (error) => {
    observer?.fail(error)
    socket.end(emptyAnswer("502 Bad Gateway"))
  })
  socket.on("error", () => outgoing.destroy())
  socket.on("close", () => outgoing.destroy())
  outgoing.end()
}

/** `Upgrade: h2c`. A server may decline it (RFC 9110, 7.8), and this proxy does. */
export const offersHttp2 = (request: IncomingMessage): boolean =>
  /^\s*h2c\s*$/i.test(String(request.headers.upgrade ?? ""))

/** A header's value without the upgrade; `null` when nothing else is left of it. */
const withoutUpgrade = (name: string, value: string): string | null => {
  if (/^(?:upgrade|http2-settings)$/i.test(name)) return null
  if (!/^connection$/i.test(name)) return value
  return value.replace(/(?:^|,)\s*(?:upgrade|http2-settings)\s*(?=,|$)/gi, "").replace(/^\s*,/, "") || null
}

/** Feeds the request to the server again, in HTTP/1.1: its head without the upgrade, and the bytes that follow it. */
export const serveWithoutUpgrade = (
  server: http.Server | https.Server,
  request: IncomingMessage,
  socket: Socket,
  head: Buffer
): void => {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`]
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const name = request.rawHeaders[at]!
    const value = withoutUpgrade(name, request.rawHeaders[at + 1]!)
    if (value !== null) lines.push(`${name}: ${value}`)
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), head]))
  server.emit(socket instanceof TLSSocket ? "secureConnection" : "connection", socket)
  socket.resume()
}

/** The proxy's own answer on a socket that Node has handed over. */
export const emptyAnswer = (status: string): string =>
  `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`
