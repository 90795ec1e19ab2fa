/** Each rule once with what it is about, and once with a near miss. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { analyse, findingRules } from "../../src/analysis/index.js"
import type { Call, Stream } from "../../src/domain/Call.js"
import { root } from "../support/files.js"
import { makeRecording, start } from "../support/recording.js"

type Made = ReturnType<typeof makeRecording>

interface Case {
  readonly shows: (recording: Made) => void
  readonly nearly: (recording: Made) => void
  readonly settings?: Partial<Parameters<typeof analyse>[1]>
}

const hour = 3_600

/** A poller of tickets: one call every minute for two hours unless told otherwise. */
const poll = (
  recording: Made,
  fields: Partial<Stream> = {},
  call: (n: number) => Partial<Call> = () => ({}),
  { every = 60, sweeps = 120, offset = 7 }: { every?: number; sweeps?: number; offset?: number } = {}
): { readonly stream: number; readonly calls: ReadonlyArray<number> } => {
  const stream = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*", ...fields })
  return {
    stream,
    calls: Array.from({ length: sweeps }, (_, n) => recording.call(stream, offset + n * every, call(n)))
  }
}

const refused = (retryAfterSeconds: number, waited: number) => (recording: Made) => {
  const stream = recording.stream({ template: "/api/v2/tickets" })
  for (let n = 0; n < 30; n++) {
    recording.call(stream, n * 120, { page: 1 })
    if (n % 3 !== 0) continue
    recording.call(stream, n * 120 + 1, { page: 2, status: 429, retryAfterSeconds, items: null, newVersions: null })
    recording.call(stream, n * 120 + 1.2 + waited, { page: 2 })
  }
}

/** Pages of one sweep that follow each other with a pause, the account's limit nearly used up. */
const nearTheLimit = (pause: number) => (recording: Made) => {
  const stream = recording.stream({ template: "/api/v2/tickets" })
  for (let n = 0; n < 20; n++)
    for (let page = 1; page <= 4; page++)
      recording.call(stream, n * 300 + page * pause, { page, limitTotal: 200, limitRemaining: page === 1 ? 150 : 12 })
}

const aligned = (offsets: ReadonlyArray<number>) => (recording: Made) => {
  for (const [n, offset] of offsets.entries())
    poll(recording, { integration: `job-${n}` }, undefined, { every: 300, sweeps: 20, offset })
}

/** Each sweep finds a change 10 s old, and the next asks from it on, less an overlap. */
const cursor = (overlap: number) => (recording: Made) => {
  const stream = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*" })
  for (let n = 0; n < 30; n++) {
    const newest = (n - 1) * 60 - 10
    const call = recording.call(stream, n * 60, { since: n === 0 ? null : recording.at(newest - overlap) })
    recording.version(stream, call, String(n), n * 60 - 10, ["status"])
  }
}

/**
 * A busy list: each sweep sees a change of the second before it; the next asks from a moment made of the newest stamp.
 */
const stampCursor = (from: (newestMs: number) => number) => (recording: Made) => {
  const stream = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*" })
  for (let n = 0; n < 30; n++) {
    const call = recording.call(stream, n * 60 + 0.4, {
      since: n === 0 ? null : from(recording.at(n * 60 - 61))
    })
    recording.version(stream, call, String(n), n * 60 - 1, ["status"])
  }
}

/** A quiet list, asked from a moment made of the last sweep's start by the program's clock. */
const clockCursor =
  (from: (startMs: number) => number, behindSeconds = 0) =>
  (recording: Made) => {
    const stream = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*" })
    for (let n = 0; n < 40; n++) {
      const startedMs = n * 60_137
      const call = recording.call(stream, startedMs / 1_000, {
        since: n === 0 ? null : from(recording.at(startedMs / 1_000 - 60.137)),
        durationMs: 200,
        clockMs: Math.floor((startedMs + 100 + behindSeconds * 1_000) / 1_000) * 1_000 - startedMs
      })
      if (n === 3) recording.version(stream, call, "7", 150, ["status"])
    }
  }

const pages = (count: number, items: number) => (recording: Made) => {
  const stream = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*" })
  for (let n = 0; n < 6; n++)
    for (let page = 1; page <= count; page++) recording.call(stream, n * hour + page, { page, items, newVersions: 1 })
}

const details = (share: number) => (recording: Made) => {
  const { calls } = poll(recording)
  const detail = recording.stream({ template: "/api/v2/tickets/{id}/conversations" })
  calls.forEach((_, n) => {
    if (n < calls.length * share) recording.call(detail, 7.5 + n * 60, { subject: String(n) })
  })
}

const wholeList = (fresh: number) => (recording: Made) =>
  void poll(recording, { query: "per_page=100" }, () => ({ items: 50, newVersions: fresh }))

/**
 * A list of four pages, newest first: every sweep but the first, and one after a restart, finds three new items (each
 * tenth sweep a page more). `stops`: at the first page with something known; else the whole list is read.
 */
const newestFirst =
  (stops: boolean, query = "order_by=updated_at&order_type=desc&per_page=30") =>
  (recording: Made) => {
    const stream = recording.stream({ template: "/api/v2/tickets", query })
    for (let n = 0; n < 40; n++) {
      const fresh = n === 0 ? 120 : n % 10 === 0 ? 33 : 3
      const read = stops && n !== 20 ? Math.min(4, Math.floor(fresh / 30) + 1) : 4
      for (let page = 1; page <= read; page++)
        recording.call(stream, 7 + n * 60 + page * 0.3, {
          page,
          items: 30,
          newVersions: Math.max(0, Math.min(30, fresh - (page - 1) * 30))
        })
    }
  }

/** Ticket `n` changes before its sweep, in every so many sweeps. */
const changing = (every: number) => (recording: Made) => {
  const { calls, stream } = poll(recording, {}, undefined, { sweeps: 400 })
  calls.forEach((call, n) => {
    if (n > 0 && n % every === 0) recording.version(stream, call, String(n), n * 60 - 20, ["status"])
  })
}

/**
 * A bulk request, and its job read twice: of five records three were not changed. Then what the program does about it.
 */
const bulk = (then: (recording: Made, send: number, job: number) => void) => (recording: Made) => {
  const send = recording.stream({ template: "/api/v2/tickets/bulk_update", method: "PUT" })
  const job = recording.stream({ template: "/api/v2/jobs/{uuid}" })
  recording.call(send, 100, { status: 202 })
  for (const at of [105, 106])
    recording.call(job, at, { subject: "j1", failedRecords: 3, recordHashes: ["r1", "r2", "r3", "r4", "r5"] })
  then(recording, send, job)
}

const nextJob = (failedRecords: number, recordHashes: ReadonlyArray<string>) =>
  bulk((recording, send, job) => {
    recording.call(send, 110, { status: 202 })
    recording.call(job, 115, { subject: "j2", failedRecords, recordHashes })
  })

const oneByOne = (hashes: ReadonlyArray<string>, template = "/api/v2/tickets/{id}") =>
  bulk((recording) => {
    const put = recording.stream({ template, method: "PUT" })
    for (const [n, hash] of hashes.entries()) recording.call(put, 200 + n, { subject: String(n), recordHashes: [hash] })
  })

const posts = (status: number) => (recording: Made) => {
  const stream = recording.stream({ template: "/api/v2/tickets", method: "POST" })
  for (let n = 0; n < 4; n++) recording.call(stream, n * 600, { status: n % 2 === 0 ? status : 201 })
  recording.call(stream, 3_005, { status })
  recording.call(stream, 3_008, { status: 201 })
}

const writes = (writer: string) => (recording: Made) => {
  const { calls, stream } = poll(recording)
  const put = recording.stream({ template: "/api/v2/tickets/{id}", method: "PUT", integration: writer })
  for (let n = 8; n < 80; n += 8) {
    recording.call(put, n * 60 - 30, { subject: String(n) })
    recording.version(stream, calls[n]!, String(n), n * 60 - 30, ["status"])
  }
}

const refusedFrom = (last: number) => (recording: Made) =>
  void poll(recording, {}, (n) => (n >= 60 && n < last ? { status: 401, items: null, newVersions: null } : {}))

const clock = (behindSeconds: number) => (recording: Made) =>
  void poll(recording, {}, (n) => {
    const startedMs = (7 + n * 60) * 1_000
    return { clockMs: Math.floor((startedMs + 100 + behindSeconds * 1_000) / 1_000) * 1_000 - startedMs }
  })

const twoPrograms = (second: Partial<Stream>) => (recording: Made) => {
  poll(recording)
  poll(recording, { template: "/api/v2/contacts", query: "", ...second }, undefined, { every: 90, sweeps: 60 })
}

/** A busy minute: so many tickets are closed at once. The app route may push 50. */
const closedAtOnce = (closed: number) => (recording: Made) => {
  const tickets = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*" })
  for (let n = 0; n < 400; n++) {
    const call = recording.call(tickets, n * 8)
    if (n === 100) for (let id = 0; id < closed; id++) recording.version(tickets, call, String(id), 790, ["status"])
  }
}

const cases: Readonly<Record<string, Case>> = {
  "throttling-ignored": { shows: refused(30, 0.1), nearly: refused(30, 31) },
  "retry-after-cut-short": { shows: refused(30, 5), nearly: refused(30, 30.5) },
  "no-slow-down": { shows: nearTheLimit(0.3), nearly: nearTheLimit(5) },
  "burst-at-full-minute": { shows: aligned([0, 0.5, 1]), nearly: aligned([0, 11, 23]) },
  "cursor-without-overlap": { shows: cursor(0), nearly: cursor(60) },
  "whole-list-every-time": { shows: wholeList(1), nearly: wholeList(40) },
  "deep-paging": { shows: pages(160, 100), nearly: pages(140, 100) },
  "small-pages": { shows: pages(5, 20), nearly: pages(5, 100) },
  "detail-call-per-item": { shows: details(1), nearly: details(0.3) },
  "same-data-polled-twice": {
    shows: twoPrograms({ template: "/api/v2/tickets", query: "per_page=10" }),
    nearly: twoPrograms({ template: "/api/v2/contacts" })
  },
  "faster-than-changes": { shows: changing(200), nearly: changing(10) },
  "polled-although-pushed": {
    shows: (recording) => void poll(recording),
    nearly: (recording) => void poll(recording, { template: "/api/v2/contacts", query: "" }),
    settings: { activeEvents: { "acme.freshdesk.com": ["ticket_update"] } }
  },
  "search-as-feed": {
    shows: (recording) =>
      void poll(recording, { template: "/api/v2/search/tickets", query: "query=#1a2b3c4d@changes" }),
    nearly: (recording) => void poll(recording, { template: "/api/v2/search/tickets", query: "query=#1a2b3c4d" })
  },
  "bulk-failures-ignored": { shows: nextJob(0, ["r6", "r7"]), nearly: nextJob(0, ["r1", "r2", "r3"]) },
  "repeated-writes": { shows: posts(503), nearly: posts(429) },
  "own-echo": { shows: writes("sync"), nearly: writes("somebody-else") },
  "personal-key": {
    shows: twoPrograms({ integration: "Mozilla" }),
    nearly: twoPrograms({ integration: "Mozilla", principal: "p2" })
  },
  "shared-key": {
    shows: twoPrograms({ integration: "billing" }),
    nearly: twoPrograms({ integration: "billing", principal: "p2" })
  },
  "revoked-key": { shows: refusedFrom(120), nearly: refusedFrom(63) },
  "clock-skew": { shows: clock(45), nearly: clock(0.4) },
  "push-allowance-exceeded": { shows: closedAtOnce(60), nearly: closedAtOnce(50) }
}

const found = (make: (recording: Made) => void, settings: Case["settings"]) => {
  const recording = makeRecording()
  make(recording)
  return analyse(recording.done(), {
    window: { from: start, to: start + 8 * hour * 1_000 },
    reconcileSeconds: hour,
    routes: {},
    plans: {},
    ...settings
  }).findings
}

/** As another database would have it: the same key under another name. */
const withOtherSalt = (recording: Made): Made => ({
  ...recording,
  stream: (fields) => recording.stream({ ...fields, principal: `other-${fields.principal ?? "p1"}` })
})

describe("findings", () => {
  it("have a fixture and a near miss each", () => {
    expect(Object.keys(cases).sort()).toEqual(findingRules.map(({ id }) => id).sort())
  })
  it("have a page each", () => {
    const index = readFileSync(join(root, "docs/findings/README.md"), "utf8")
    for (const { id, severity, title } of findingRules) {
      expect(readFileSync(join(root, `docs/findings/${id}.md`), "utf8")).toContain(
        `# ${title}\n\n\`${id}\`, ${severity}`
      )
      expect(index).toContain(`](${id}.md)`)
    }
  })
  const bulkRecords = (make: (recording: Made) => void) =>
    found(make, {}).find(({ rule }) => rule === "bulk-failures-ignored")?.consequence?.calls ?? 0
  it.each([
    ["nothing is sent again", bulk(() => undefined), 3],
    ["the next job is about others", nextJob(0, ["r6"]), 3],
    ["two of three are sent again", nextJob(0, ["r1", "r3"]), 1],
    ["they fail again, and are left", nextJob(2, ["r1", "r2", "r3"]), 2],
    ["they are written one by one", oneByOne(["r1", "r2", "r3"]), 0],
    ["one is written alone", oneByOne(["r2"]), 2],
    ["the same numbers of another entity are written", oneByOne(["r1", "r2", "r3"], "/api/v2/contacts/{id}"), 3],
    [
      "a bulk request follows whose records nobody knows",
      bulk((recording, send) => recording.call(send, 110, { status: 202 })),
      0
    ],
    [
      "a bulk request's own body names them",
      bulk((recording, send) => recording.call(send, 110, { status: 202, recordHashes: ["r1", "r2"] })),
      1
    ]
  ])("counts records that a bulk answer refused where %s", (_, make, records) => {
    expect(bulkRecords(make)).toBe(records)
  })
  it.each<readonly [string, (recording: Made) => void, boolean]>([
    ["stops at what it knows, newest first", newestFirst(true), false],
    ["stops at what it knows, in the list's own order", newestFirst(true, "per_page=30"), false],
    ["stops at what it knows, in pages of the usual size", newestFirst(true, "order_by=updated_at"), false],
    ["reads newest first to the end", newestFirst(false), true],
    ["reads a list that is shorter than its page", newestFirst(true, "order_type=desc&per_page=100"), true]
  ])("judges a reader of lists that %s", (_, make, whole) => {
    expect(found(make, {}).some(({ rule }) => rule === "whole-list-every-time")).toBe(whole)
  })
  /** A program asks without a pause, and is refused for all but the first tenth of each minute. */
  const tight =
    (retryAfterSeconds: number | null, pause = 0.3) =>
    (recording: Made) => {
      const stream = recording.stream({ integration: "tight", template: "/api/v2/tickets" })
      for (let minute = 0; minute < 5; minute++)
        for (let n = 0; n * pause < 60; n++)
          recording.call(
            stream,
            minute * 60 + n * pause,
            n * pause < 6 ? {} : { status: 429, retryAfterSeconds, items: null }
          )
    }
  const throttling = (make: (recording: Made) => void) =>
    found(make, {}).filter(({ rule }) => rule === "throttling-ignored")
  it("accuse a program that is no poller of its refusals, and name it before one that costs less", () => {
    const both = (recording: Made) => {
      refused(30, 0.1)(recording)
      tight(30)(recording)
    }
    const [first, second, ...others] = throttling(both)
    expect(others).toEqual([])
    // Of 200 calls of a minute 180 are refused; nothing follows the last of all.
    expect(first).toMatchObject({ pollerId: null, integration: "tight", consequence: { calls: 899, seconds: null } })
    expect(first!.message).toBe(
      "tight (GET /api/v2/tickets) was refused 900 times (429) and went on at once 899 times: others on the account pay for it"
    )
    expect([second!.pollerId, second!.integration]).toEqual([expect.any(String), undefined])
  })
  it("accuse no program for calls that were under way when one was refused", () => {
    const parallel = (recording: Made) => {
      const stream = recording.stream({ integration: "web", template: "/api/v2/tickets/{id}" })
      for (let page = 0; page < 9; page++)
        for (let n = 0; n < 8; n++)
          recording.call(
            stream,
            page * 400 + n * 0.01,
            n < 4 ? {} : { status: 429, retryAfterSeconds: 30, items: null }
          )
    }
    expect(throttling(parallel)).toEqual([])
  })
  it("tell missing pages from those that came in the end", () => {
    const retried =
      (lastRefused: boolean, page: number | null = 1) =>
      (recording: Made) => {
        const stream = recording.stream({ template: "/api/v2/tickets" })
        for (let n = 0; n < 30; n++)
          for (let attempt = 0; attempt < (n % 4 === 0 ? 6 : 1); attempt++)
            recording.call(stream, n * 120 + attempt * 0.5, {
              page,
              ...(n % 4 === 0 && (attempt < 5 || lastRefused)
                ? { status: 429, retryAfterSeconds: 30, items: null }
                : {})
            })
      }
    const sayings = [false, true].map((lastRefused) => throttling(retried(lastRefused))[0]!.message)
    expect(sayings[0]).toContain("went on at once 40 times: each page came in the end, and others")
    expect(sayings[1]).toContain("went on at once 40 times: 8 pages are missing from its sweeps, and others")
    // With cursors no page can be told from another.
    expect(throttling(retried(true, null))[0]!.message).toContain("went on at once 40 times: others")
  })
  it.each([
    ["the newest stamp and a second", stampCursor((newest) => newest + 1_000), true],
    ["a second before the newest stamp", stampCursor((newest) => newest - 1_000), true],
    ["a minute before the newest stamp", stampCursor((newest) => newest - 60_000), false],
    ["the last start, cut to seconds", clockCursor((start) => Math.floor(start / 1_000) * 1_000), true],
    ["the last start", clockCursor((start) => start), true],
    ["the last end", clockCursor((start) => start + 900), true],
    ["now less the interval", clockCursor((start) => start - 137), true],
    ["a minute before the last start, on a quiet account", clockCursor((start) => start - 60_000), false],
    ["a clock that is ahead by more than its overlap", clockCursor((start) => start - 30_000, -45), true],
    ["a clock that is ahead by less than its overlap", clockCursor((start) => start - 120_000, -45), false],
    ["a clock that is behind", clockCursor((start) => start, 45), false],
    ["the provider's Date", clockCursor((start) => Math.floor((start + 45_300) / 1_000) * 1_000, 45), true]
  ])("judges a cursor at %s", (_, make, wrong) => {
    expect(found(make, {}).some(({ rule }) => rule === "cursor-without-overlap")).toBe(wrong)
  })
  it("takes no question asked by POST for a write that is repeated", () => {
    const repeats = (template: string) =>
      found((recording) => {
        const stream = recording.stream({ template, method: "POST" })
        for (let n = 0; n < 6; n++) recording.call(stream, n * 20, { status: n % 2 === 0 ? 503 : 200 })
      }, {}).filter(({ rule }) => rule === "repeated-writes").length
    const questions = ["/api/filtered_search/contact", "/graphql", "/v1/tickets/_search", "/api/v2/search"]
    expect([...questions, "/api/v2/tickets"].map(repeats)).toEqual([0, 0, 0, 0, 1])
  })
  it("counts what a route may not push", () => {
    const [finding] = found(closedAtOnce(60), {}).filter(({ rule }) => rule === "push-allowance-exceeded")
    expect(finding!.message).toContain(
      "would push 60 events in its busiest minute, and the app route may push 50 (1 such minute)"
    )
  })
  it.each([
    // Each change is a delivery and a fetch, beside the calls of the sweeps.
    [200, 110, true],
    [240, 110, false],
    [200, 90, false]
  ])("counts a rule's deliveries against the account's limit: %i a minute, %i changes", (limit, closed, exceeds) => {
    const make = (recording: Made) => {
      closedAtOnce(closed)(recording)
      const headers = recording.stream({ template: "/api/v2/companies" })
      recording.call(headers, 5_000, { limitTotal: limit })
    }
    const [finding] = found(make, { routes: { "acme.freshdesk.com": ["rule"] } }).filter(
      ({ rule }) => rule === "push-allowance-exceeded"
    )
    expect(finding !== undefined).toBe(exceeds)
    if (finding !== undefined) {
      expect(finding.message).toMatch(
        /would use 22\d calls in its busiest minute, deliveries of the rule route included, which count against its limit of 200: deliveries beyond it wait for the next hour/
      )
      expect(finding.evidence.length).toBeGreaterThan(0)
    }
  })
  it.each(Object.entries(cases))("%s", (rule, { nearly, settings, shows }) => {
    const finding = found(shows, settings).find((one) => one.rule === rule)
    expect(finding, "is found").toBeDefined()
    expect(finding!.evidence.length).toBeGreaterThan(0)
    expect(finding!.fix).not.toBe("")
    // A fingerprint is the finding's own, and the same where the database's salt makes other names of keys and ids.
    const prints = found(shows, settings).map(({ fingerprint }) => fingerprint)
    expect(new Set(prints).size).toBe(prints.length)
    expect(found((recording) => shows(withOtherSalt(recording)), settings).map((one) => one.fingerprint)).toEqual(
      prints
    )
    expect(
      found(nearly, settings).filter((one) => one.rule === rule),
      "near miss"
    ).toEqual([])
  })
})
