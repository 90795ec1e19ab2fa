import { EventEmitter } from "node:events"
import type { IncomingMessage, ServerResponse } from "node:http"
import { PassThrough } from "node:stream"
import { describe, expect, it } from "vitest"
import { RequestTurns } from "../../src/capture/proxy/RequestTurns.js"

const onConnection = () => {
  const socket = new PassThrough()
  const turns = new RequestTurns()
  const sent: Array<string> = []
  const take = (name: string) => {
    const response = Object.assign(new EventEmitter(), { closed: false, headersSent: false, shouldKeepAlive: true })
    const request = { socket, complete: true }
    turns.take(
      { request: request as unknown as IncomingMessage, response: response as unknown as ServerResponse },
      () => sent.push(name)
    )
    return Object.assign(response, {
      answered: () => {
        response.closed = true
        response.emit("close")
      }
    })
  }
  return { socket, turns, sent, take }
}

describe("requests that a client sends ahead", () => {
  it("go to the upstream one by one, each after the answer before it", () => {
    const { sent, take } = onConnection()
    const [first, second] = [take("first"), take("second")]
    take("third")
    expect(sent).toEqual(["first"])
    first.answered()
    expect(sent).toEqual(["first", "second"])
    second.answered()
    expect(sent).toEqual(["first", "second", "third"])
  })

  it("do not go when the answer before them closed the connection", () => {
    const { sent, socket, take } = onConnection()
    const first = take("first")
    take("second")
    socket.destroy()
    first.answered()
    expect(sent).toEqual(["first"])
  })

  it("are answered before bytes that are not a request end the connection", () => {
    const { socket, take, turns } = onConnection()
    const first = take("first")
    turns.refuse(Object.assign(new Error("bad"), { code: "HPE_INVALID_METHOD" }), socket)
    expect([first.shouldKeepAlive, socket.destroyed]).toEqual([false, false])
    first.answered()
    expect(socket.destroyed).toBe(true)
  })
})

it("refuses bytes that are not a request with the status that Node gives", () => {
  for (const [code, status] of [
    ["HPE_INVALID_METHOD", "400 Bad Request"],
    ["HPE_HEADER_OVERFLOW", "431 Request Header Fields Too Large"],
    ["ERR_HTTP_REQUEST_TIMEOUT", "408 Request Timeout"]
  ]) {
    const { socket, turns } = onConnection()
    let written = ""
    socket.write = ((text: string) => {
      written += text
      return true
    }) as typeof socket.write
    turns.refuse(Object.assign(new Error("bad"), { code }), socket)
    expect(written).toBe(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`)
    expect(socket.destroyed).toBe(true)
  }
})
