import { describe, expect, it } from "vitest"
import type { Observation } from "../../src/capture/Observation.js"
import { CallRecorder, type CallRecorderHost } from "../../src/capture/recorder/CallRecorder.js"
import { OpenCalls } from "../../src/capture/recorder/OpenCalls.js"
import { RequestCache } from "../../src/capture/recorder/RequestCache.js"
import { countUnrecordedHosts } from "../../src/capture/recorder/UnrecordedHosts.js"
import { furtherHosts } from "../../src/capture/spool/HostCount.js"

const recording = (keepsBodies = false) => {
  const seen: Array<Observation> = []
  const openCalls = new OpenCalls()
  const requests = new RequestCache(() => 1)
  let bodies = 0
  const host: CallRecorderHost = {
    keepsBodies,
    elapsed: () => 0,
    requestOf: ({ authorization, method, url, userAgent }) => requests.of(method, url, authorization, userAgent),
    requests,
    newBody: (request, body) => {
      body.id = bodies++
      requests.add(request, body)
    },
    opened: (call) => openCalls.add(call),
    withdrawn: (call) => openCalls.delete(call),
    ended: (call, observation) => {
      openCalls.delete(call)
      // As the arena does: a body's buffer is used again.
      seen.push({ ...observation, body: observation.body === null ? null : Buffer.from(observation.body) })
    }
  }
  const begin = (startedAt = 0, method = "GET") =>
    new CallRecorder(
      host,
      {
        method,
        url: "https://acme.freshdesk.com/api/v2/tickets",
        authorization: null,
        userAgent: null,
        requestBytes: 0
      },
      startedAt
    )
  const answer = (call: CallRecorder, text: string) => {
    call.headers(200, (name) => (name === "content-type" ? "application/json" : null))
    call.chunk(Buffer.from(text))
  }
  return { seen, openCalls, begin, answer, requests }
}

describe("a call that is recorded", () => {
  it("sends words and body once, then refers to them", () => {
    const { answer, begin, seen } = recording()
    for (const text of ["[1]", "[1]", "[2]", "[1]"]) {
      const call = begin()
      answer(call, text)
      call.end()
    }
    expect(seen.map(({ requestKnown }) => requestKnown)).toEqual([false, true, true, true])
    expect(seen.map(({ body }) => body?.toString() ?? null)).toEqual(["[1]", null, "[2]", null])
    expect(seen.map(({ bodyId, sameBody }) => [bodyId, sameBody])).toEqual([
      [0, false],
      [0, true],
      [1, false],
      [0, true]
    ])
  })

  it("sends words and body again once the recorder's thread has forgotten them", () => {
    const { answer, begin, requests, seen } = recording()
    const first = begin()
    answer(first, "[1]")
    first.end()
    const overlapping = begin()
    answer(overlapping, "[1]")
    requests.clear()
    overlapping.end()
    expect(seen[1]).toMatchObject({ requestKnown: false, sameBody: false })
    expect(seen[1]!.body!.toString()).toBe("[1]")
  })

  it("ends once, by whichever end comes first, and keeps the error's code", () => {
    const { begin, seen } = recording()
    const call = begin()
    call.fail(Object.assign(new Error("secret"), { code: "ECONNRESET" }))
    call.end()
    call.withdraw()
    expect(seen.map(({ body, error, responseBytes, status }) => ({ body, error, responseBytes, status }))).toEqual([
      { body: null, error: "ECONNRESET", responseBytes: null, status: null }
    ])
  })

  it("is not recorded when it is withdrawn", () => {
    const { answer, begin, openCalls, seen } = recording()
    const call = begin()
    answer(call, "[1]")
    call.withdraw()
    call.end()
    expect([seen.length, openCalls.isEmpty]).toEqual([0, true])
  })

  it("keeps its request's body only where bodies are kept", () => {
    for (const keepsBodies of [false, true]) {
      const { answer, begin, seen } = recording(keepsBodies)
      const call = begin(0, "POST")
      call.sent(Buffer.from('{"a"'))
      call.sent(Buffer.from(":1}"))
      answer(call, "{}")
      call.end()
      expect(seen[0]!.requestBody?.toString() ?? null).toBe(keepsBodies ? '{"a":1}' : null)
      expect(seen[0]!.body?.toString() ?? null).toBe(keepsBodies ? "{}" : null)
    }
  })

  it("is recorded without its body when the program leaves that unread for a minute, or ends", () => {
    const { answer, begin, openCalls, seen } = recording()
    for (const startedAt of [0, 30_000, 59_000]) answer(begin(startedAt), "[1]")
    openCalls.endUnread(59_999)
    expect(seen).toEqual([])
    openCalls.endUnread(90_000)
    expect(seen.map(({ startedAt }) => startedAt)).toEqual([0, 30_000])
    openCalls.endAll()
    expect(seen.map(({ body, error, responseBytes }) => [body, error, responseBytes])).toEqual(
      Array.from({ length: 3 }, () => [null, null, 3])
    )
    expect(openCalls.isEmpty).toBe(true)
  })
})

describe("calls to hosts that are not recorded", () => {
  it("are counted at the first call, at each doubling and at the end", () => {
    const sent: Array<[string, number | null]> = []
    const hosts = countUnrecordedHosts(
      ({ requestBytes, url }) => void sent.push([url, requestBytes]),
      () => 5
    )
    for (let n = 0; n < 9; n++) hosts.count("a.example")
    expect(sent.map(([, calls]) => calls)).toEqual([1, 1, 2, 4])
    hosts.flush()
    hosts.flush()
    expect(sent.slice(4)).toEqual([["a.example", 1]])
  })

  it("are counted together beyond a hundred hosts", () => {
    const sent = new Map<string, number>()
    const hosts = countUnrecordedHosts(
      ({ requestBytes, url }) => void sent.set(url, (sent.get(url) ?? 0) + requestBytes!),
      () => 5
    )
    for (let n = 0; n < 130; n++) hosts.count(`${n}.example`)
    hosts.flush()
    expect(sent.size).toBe(101)
    expect(sent.get(furtherHosts)).toBe(30)
  })
})
