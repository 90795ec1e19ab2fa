/**
 * Files of recordings made to break their import, with good lines between: those come in, the others are named, and the
 * analysis ends.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { analyseStore } from "../../src/audit/index.js"
import { redactBody } from "../../src/capture/index.js"
import { fieldHashes } from "../../src/capture/writer/FieldHashes.js"
import { listedItems } from "../../src/capture/writer/ListedItems.js"
import { parseJson } from "../../src/capture/writer/ResponseBody.js"
import { callOfLine } from "../../src/interchange/AccessLog.js"
import { callOfEntry, EntryProblem } from "../../src/interchange/Har.js"
import { harOf, type ImportResult, importHar, importLog, importNdjson, ndjsonOf } from "../../src/interchange/index.js"
import { headLine, parseCallLine } from "../../src/interchange/Ndjson.js"
import { providerOf } from "../../src/providers/index.js"
import { type Database, openDatabase } from "../../src/store/index.js"
import { Store } from "../../src/store/service.js"
import { runCli } from "../support/cli.js"
import { charlesEntry, chromeEntry, failedEntry, mitmproxyEntry, ticketBody } from "../support/har.js"
import { attack, campaignMs, inputsOf, seed, type World } from "./Campaign.js"
import { grown } from "./Corpus.js"
import { type Dice, diceOf } from "./Dice.js"
import { damagedBytes, mutated } from "./Mutation.js"
import { type Tree, treeOf, written } from "./Tree.js"

const share = 0.3

const formats = ["ndjson", "har", "log"] as const
type Format = (typeof formats)[number]

/** One line or entry; `whole`: a file of its own, whose other lines may be harmed with it. Base64. */
interface Piece {
  readonly format: Format
  readonly bytes: string
  readonly whole: boolean
}

const at = "2026-03-02T10:00:00.000Z"
const callLine = (id: number, fields: object = {}) => ({
  id,
  startedAt: at,
  durationSeconds: 0.25,
  integration: "sync",
  principal: "0123456789ab",
  product: "freshdesk",
  account: "acme.freshdesk.com",
  method: "GET",
  endpoint: "/api/v2/tickets",
  query: "page=1",
  page: 1,
  since: at,
  subject: null,
  status: 200,
  error: null,
  requestBytes: 0,
  responseBytes: 2,
  rateLimit: { total: 200, remaining: 199 },
  retryAfterSeconds: null,
  serverTime: at,
  failedRecords: null,
  recordHashes: ["0123456789ab"],
  process: 3,
  items: 1,
  newVersions: 1,
  versions: [
    { entity: "ticket", id: "7", version: "v", updatedAt: at, seenAt: at, created: false, changed: ["status"] }
  ],
  requestBody: '{"a":1}',
  responseBody: null,
  ...fields
})
const logLine = (path: string, second: number): string =>
  `198.51.100.7 - key [02/Mar/2026:10:${String(Math.floor(second / 60) % 60).padStart(2, "0")}:${String(second % 60).padStart(2, "0")} +0000] "GET ${path} HTTP/1.1" 200 512 "-" "sync/1.0"`

const goodLines: ReadonlyArray<string> = [
  logLine("/api/v2/tickets?page=1", 1),
  `acme.freshdesk.com:443 203.0.113.5, 10.0.0.1 - - [02/Mar/2026:10:00:01.250 +0000] "POST /api/v2/tickets HTTP/2.0" 201 - "https://x/\\"y" "a \\x22b\\x22"`,
  `2001:db8::1 - "A User" [2026-03-02T10:00:00+01:00] "GET https://acme.freshdesk.com/api/v2/contacts HTTP/1.1" 000 0`,
  `<34>1 2026-03-02T10:00:00Z host nginx: ${logLine("/api/v2/agents", 2)}`
]
const goodCalls = [
  callLine(3),
  callLine(4, { versions: [], requestBody: null, status: null, error: "ECONNRESET", since: null })
].map(treeOf)
const bodyMark = JSON.stringify(ticketBody(2))
const goodEntries = [chromeEntry(1, 2), mitmproxyEntry(2, "k"), charlesEntry(3), failedEntry(4)].map(treeOf)

type Seed =
  | { readonly format: "ndjson"; readonly tree: Tree }
  /** `body`: the answer's JSON, in a HAR a text within the entry. */
  | { readonly format: "har"; readonly tree: Tree; readonly body: Tree }
  | { readonly format: "log"; readonly line: string }

const goodBody = treeOf([
  { id: 1, subject: "s", created_at: at, updated_at: at, custom_fields: { cf_a: 1 }, stats: { closed_at: null } },
  { id: 2, subject: "t", created_at: at, updated_at: at, tags: ["a"], requester: { id: 3, name: "n" } }
])

const newline = 10
const mutatedSeed = (one: Seed, dice: Dice): Seed =>
  "tree" in one
    ? one.format === "har" && dice.chance(0.5)
      ? { ...one, body: mutated(one.body, dice) }
      : { ...one, tree: mutated(one.tree, dice) }
    : { ...one, line: damagedBytes(Buffer.from(one.line), dice, [newline]).toString("utf8").replaceAll("\n", "") }

const textOf = (one: Seed): string =>
  one.format === "log"
    ? one.line
    : one.format === "ndjson"
      ? written(one.tree)
      : written(one.tree).replace(bodyMark, () => JSON.stringify(written(one.body)))

const parse = (one: Seed): void => {
  const text = textOf(one)
  if (one.format === "log") return void callOfLine(text, { host: "acme.freshdesk.com" })
  if (one.format === "ndjson") return void parseCallLine(text)
  try {
    const call = callOfEntry(text)
    if (typeof call === "string" || call.body === null) return
    const body = Buffer.from(call.body)
    for (const { fields } of listedItems(parseJson(body), providerOf("freshdesk"), null, "/api/v2/tickets"))
      fieldHashes(fields, 1)
    redactBody(body.toString())
  } catch (error) {
    if (!(error instanceof EntryProblem)) throw error
  }
}

const fileOf = (format: Format, lines: ReadonlyArray<string | Buffer>): Buffer => {
  const between = Buffer.from(format === "har" ? "," : "\n")
  const joined = Buffer.concat(
    lines.flatMap((line, index) =>
      index === 0 ? [Buffer.from(line as string)] : [between, Buffer.from(line as string)]
    )
  )
  if (format === "har")
    return Buffer.concat([Buffer.from('{"log":{"version":"1.2","entries":['), joined, Buffer.from("]}}")])
  return format === "ndjson" ? Buffer.concat([Buffer.from(`${headLine()}\n`), joined]) : joined
}

const make = (corpus: ReadonlyArray<Seed>, dice: Dice): Piece => {
  const one = dice.pick(corpus)
  const { format } = one
  if (dice.chance(0.93)) {
    const text = textOf(mutatedSeed(one, dice))
    // A HAR's entry that is no JSON takes its neighbours with it; a line does not.
    const bytes =
      format === "ndjson" && dice.chance(0.3) ? damagedBytes(Buffer.from(text), dice, [newline]) : Buffer.from(text)
    return { format, bytes: bytes.toString("base64"), whole: false }
  }
  const sound = fileOf(
    format,
    Array.from({ length: 1 + dice.below(5) }, () =>
      textOf(dice.pick(corpus.filter((other) => other.format === format)))
    )
  )
  const file = dice.pick([
    () => damagedBytes(sound, dice),
    () => gzipSync(sound).subarray(0, dice.below(200)),
    () => damagedBytes(gzipSync(sound), dice),
    () => Buffer.from(`\ufeff${sound.toString()}`, "utf16le"),
    () => Buffer.from(sound.toString().replaceAll("\n", "\r\n")),
    () => sound.subarray(0, dice.below(sound.length)),
    () => Buffer.concat([sound, Buffer.alloc(dice.below(3_000))]),
    () => Buffer.alloc(0)
  ])()
  return { format, bytes: file.toString("base64"), whole: true }
}

/** The processor's time, not the clock's: a busy machine is no fault. */
const bounded = async <A>(what: string, bytes: number, work: () => Promise<A>): Promise<A> => {
  const from = process.cpuUsage()
  const made = await work()
  const { system, user } = process.cpuUsage(from)
  const seconds = (system + user) / 1e6
  if (seconds > 10 + bytes / 1e6)
    throw new Error(`${what} of ${bytes} bytes took the processor ${seconds.toFixed(1)} s`)
  return made
}

/** One sentence for a person: one line, and nothing of the program's inside in it. */
const isSentence = (text: string): boolean =>
  text.length > 0 && text.length < 400 && !/[\p{Cc}]|\[object |undefined|\bNaN\b|TypeError|\bat \//u.test(text)

const settings = { integration: null, hosts: [], keepBodies: true, host: "acme.freshdesk.com" }
const importInto = (database: Database, format: Format, file: string): Promise<ImportResult> =>
  format === "ndjson"
    ? importNdjson(database, file)
    : format === "har"
      ? importHar(database, file, settings)
      : importLog(database, file, settings)

const open = async (count: (outcome: string) => void): Promise<World<Piece>> => {
  const folder = mkdtempSync(join(tmpdir(), "hookshift-attack-"))
  const db = join(folder, "r.db")
  const database = openDatabase(db)
  const calls = (): number => database.prepare("SELECT count(*) FROM call").pluck().get() as number
  let files = 0
  let innocents = 0

  const take = async (format: Format, bytes: Buffer, good: number): Promise<void> => {
    const file = join(folder, `${++files}.${format}`)
    writeFileSync(file, bytes)
    const before = calls()
    const { added, blocked, damaged, damagedCount, fromCache, known, read } = await bounded(
      `the import (${format})`,
      bytes.length,
      () => importInto(database, format, file)
    )
    if (calls() - before !== added)
      throw new Error(`${added} calls are said to be added, and ${calls() - before} are there`)
    for (const { problem, where } of damaged) {
      if (!isSentence(`${where ?? ""} ${problem}`)) throw new Error(`told as "${where} ${problem}"`)
      if (where !== null && !/^(?:line \d+|entry \d+ \(byte \d+\))$/.test(where))
        throw new Error(`a place that is none: ${where}`)
    }
    const found = database
      .prepare(
        `SELECT count(*) FROM call JOIN stream ON stream.id = stream WHERE query LIKE '%' || ? || '%' OR template LIKE '%' || ? || '%' OR integration = ?`
      )
      .pluck()
    if (good > 0 && (found.get(mark(files), mark(files), mark(files)) as number) !== good)
      throw new Error(
        `of ${good} good lines ${String(found.get(mark(files), mark(files), mark(files)))} came in (${format}): ${JSON.stringify({ added, known, read, damaged, damagedCount })}`
      )
    const second = await importInto(database, format, file)
    if (second.added !== 0) throw new Error(`the same file again (${format}) added ${second.added} calls`)
    if (damagedCount > 0) count(`${format} named`)
    for (let times = added - good; times > 0; times--) count(`${format} added`)
    for (let times = fromCache + blocked; times > 0; times--) count("not sent")
    innocents += good
  }

  /** Three calls of an integration that is this file's alone. */
  const mark = (file: number): string => `good${file}`
  const goodOf = (format: Format): ReadonlyArray<string> =>
    Array.from({ length: 3 }, (_, n) => {
      const number = files * 3 + n
      const moment = new Date(Date.UTC(2026, 2, 2, 9) + number * 20_000).toISOString()
      if (format === "ndjson")
        return JSON.stringify(
          callLine(100_000 + number, { integration: mark(files + 1), startedAt: moment, versions: [] })
        )
      if (format === "log")
        return logLine("/api/v2/contacts", number % 3_600).replace("sync/1.0", `${mark(files + 1)}/1.0`)
      const entry = mitmproxyEntry(1, "k")
      return JSON.stringify({
        ...entry,
        startedDateTime: moment,
        request: { ...entry.request, headers: [{ name: "user-agent", value: `${mark(files + 1)}/2` }] }
      })
    })

  return {
    run: async (inputs) => {
      for (const format of formats) {
        const lines = inputs
          .filter((input) => input.format === format && !input.whole)
          .map(({ bytes }) => Buffer.from(bytes, "base64"))
        if (lines.length === 0) continue
        const good = goodOf(format)
        const third = Math.ceil(lines.length / 3)
        await take(
          format,
          fileOf(
            format,
            good.flatMap((line, part) => [...lines.slice(part * third, part * third + third), line])
          ),
          good.length
        )
      }
      for (const { bytes, format } of inputs.filter(({ whole }) => whole))
        await take(format, Buffer.from(bytes, "base64"), 0)
      expect(Object.keys(Object.prototype), "no prototype is changed").toEqual([])
    },
    settle: async () => {
      const all = { from: 0, to: Number.MAX_SAFE_INTEGER }
      const total = calls()
      expect(total).toBeGreaterThanOrEqual(innocents)
      const analysis = await bounded("the analysis", total * 500, () =>
        Effect.runPromise(
          analyseStore({ from: null, to: null, reconcileSeconds: 3_600, routes: {}, plans: {} }).pipe(
            Effect.catchIf(
              (error) => "reason" in error && error.reason === "nothingRecorded",
              () => Effect.succeed(null)
            ),
            Effect.provide(Store.layer(db, { mustExist: true }))
          )
        )
      )
      JSON.stringify(analysis)
      count("analysed")
      // What came in goes out, and comes in elsewhere without a word.
      const exported = join(folder, "out.ndjson")
      writeFileSync(exported, [...ndjsonOf(database, all)].join(""))
      const other = openDatabase(join(folder, "other.db"))
      try {
        const again = await bounded("the import of the export", total * 500, () => importNdjson(other, exported))
        expect({ added: again.added, damaged: again.damaged }, "an export can be imported").toEqual({
          added: total,
          damaged: []
        })
        writeFileSync(join(folder, "out.har"), [...harOf(database, all)].join(""))
        const har = await importHar(other, join(folder, "out.har"), { ...settings, hosts: ["*"] })
        expect(har.damaged, "an exported HAR can be imported").toEqual([])
      } finally {
        other.close()
      }
    },
    close: async () => {
      database.close()
      if (last !== null) rmSync(last, { recursive: true, force: true })
      last = folder
    }
  }
}

/** The end of the last world, for the command line to read. */
let last: string | null = null

it(
  "a recording of any sort is imported, or its places are named and the rest is imported; the analysis of it ends",
  async () => {
    const corpus = await grown<Seed>({
      good: [
        ...goodCalls.map((tree) => ({ format: "ndjson", tree }) as const),
        ...goodEntries.map((tree) => ({ format: "har", tree, body: goodBody }) as const),
        ...goodLines.map((line) => ({ format: "log", line }) as const)
      ],
      dice: diceOf(seed, "recordings"),
      tries: Math.ceil(inputsOf(share) / 4),
      folders: ["interchange", "capture", "domain"],
      mutate: mutatedSeed,
      attempt: parse
    })
    await attack<Piece>({
      name: "recordings",
      share,
      together: 30,
      inRound: 600,
      open,
      make: (dice) => make(corpus, dice)
    })
    if (last === null) return
    const ran = await runCli(["pollers", "--db", "r.db"], { cwd: last })
    expect([ran.code, /[^\P{C}\n]/u.test(ran.stdout)]).toEqual([0, false])
    rmSync(last, { recursive: true, force: true })
  },
  campaignMs
)
