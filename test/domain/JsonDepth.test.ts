/** JSON made of brackets harms nobody who walks it: its place is named, and what stands beside it is read. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { loadConfig } from "../../src/config/service.js"
import { canonicalJson } from "../../src/domain/CanonicalJson.js"
import { isTooDeep, maxDepth } from "../../src/domain/JsonDepth.js"
import { importHar, importNdjson } from "../../src/interchange/index.js"
import { headLine } from "../../src/interchange/Ndjson.js"
import { teachProviders } from "../../src/providers/service.js"
import { openDatabase } from "../../src/store/index.js"
import { temporaryFolder } from "../support/files.js"
import { chromeEntry, harOfEntries } from "../support/har.js"

const nested = (levels: number): string => `${"[".repeat(levels)}${"]".repeat(levels)}`

describe("nesting", () => {
  it("is counted outside strings, and as deep as it goes", () => {
    expect([nested(maxDepth), nested(maxDepth + 1)].map(isTooDeep)).toEqual([false, true])
    expect(isTooDeep(JSON.stringify([nested(500), `\\"${nested(500)}`]))).toBe(false)
    expect(isTooDeep(`[${"{},".repeat(500)}{}]`)).toBe(false)
    expect(isTooDeep(`{"a":"\\\\","b":${nested(maxDepth)}}`)).toBe(true)
  })
  it("beyond any stack has a spelling", () => {
    let deep: unknown = 1
    for (let level = 0; level < 100_000; level++) deep = [deep]
    expect(canonicalJson({ deep, a: 1 })).toMatch(/^\{"a":1,"deep":\[{100}/)
  })
  it("of a line or entry is named, and its neighbours are imported", async () => {
    const folder = temporaryFolder()
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    const database = openDatabase(join(folder, "h.db"))
    const lines = await importNdjson(database, file("a.ndjson", `${headLine()}\n{"product":${nested(20_000)}}\n{}\n`))
    expect(lines.damaged.map(({ where }) => where)).toEqual(["line 2", "line 3"])
    expect(lines.damaged[0]?.problem).toBe(`is nested deeper than ${maxDepth} levels`)
    const settings = { integration: null, hosts: [], keepBodies: true }
    const entry = chromeEntry(1, 2)
    const body = { ...entry.response.content, text: `[{"id":1,"a":${nested(20_000)}}]` }
    const har = harOfEntries([chromeEntry(2, 1), { ...entry, response: { ...entry.response, content: body } }])
    expect(await importHar(database, file("b.har", har), settings)).toMatchObject({ added: 2, damagedCount: 0 })
    const deep = harOfEntries([chromeEntry(3, 1)]).replace('"entries":[', `"entries":[{"cache":${nested(20_000)}},`)
    expect(await importHar(database, file("c.har", deep), settings)).toMatchObject({ added: 1, damagedCount: 1 })
    database.close()
  })
  it("of a configuration or description is refused with a sentence", () => {
    const file = join(temporaryFolder(), "c.json")
    writeFileSync(file, `{"sources":${nested(20_000)}}`)
    expect(Effect.runSync(Effect.flip(loadConfig(file))).message).toContain("nested deeper than 100 levels")
    expect(teachProviders([file], "/")).toContain("nested deeper than 100 levels")
  })
})
