/** Words that every object of JavaScript inherits are words like any other, where strangers choose them. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { analyse } from "../../src/analysis/index.js"
import { loadConfig, sourcesOf } from "../../src/config/service.js"
import { shapeQuery } from "../../src/domain/Query.js"
import { emptyTable, tableOf } from "../../src/domain/Table.js"
import { readDescription } from "../../src/providers/described/readDescription.js"
import { entitySchema } from "../../src/providers/EntitySchemas.js"
import { allProviders } from "../../src/providers/index.js"
import { temporaryFolder } from "../support/files.js"
import { makeRecording, start } from "../support/recording.js"

const inherited = ["constructor", "toString", "valueOf", "hasOwnProperty", "__proto__"]

describe("a word that every object has", () => {
  it("is no entry of a table, unless it was put there", () => {
    const table = tableOf({ a: 1 })
    expect(inherited.map((word) => table[word])).toEqual(inherited.map(() => undefined))
    const filled = emptyTable<number>()
    for (const word of inherited) filled[word] = (filled[word] ?? 0) + 1
    expect(Object.values(filled)).toEqual(inherited.map(() => 1))
  })
  it("is no parameter that is kept in clear", () => {
    for (const word of inherited) expect(shapeQuery(`?${word}=secret`, "salt").shape).not.toContain("secret")
  })
  it("is no entity type, event or plan of a provider", () => {
    const [desk] = allProviders()
    for (const provider of allProviders())
      for (const word of inherited) {
        expect([provider.entities, provider.sweeps, provider.appEvents, provider.plans].map((t) => t[word])).toEqual(
          Array(4).fill(undefined)
        )
        for (const covered of Object.values(provider.routes)) expect(covered[word]).toBeUndefined()
        expect(entitySchema(provider, word)).toBe(entitySchema(desk!, "a type of nobody's"))
      }
  })
  it("is refused as a plan, and as the entity of a payload rule", () => {
    const file = join(temporaryFolder(), "c.json")
    const source = { product: "freshdesk", baseUrl: "https://acme.freshdesk.com", plan: "constructor", auth: {} }
    writeFileSync(file, JSON.stringify({ sources: { fd: source } }))
    const read = Effect.flatMap(loadConfig(file), sourcesOf)
    expect(Effect.runSync(Effect.flip(read)).message).toContain('plan is "constructor", which freshdesk does not have')
    const description = {
      name: "shop",
      hosts: ["shop.example"],
      entities: { parcel: {} },
      webhook: { profile: "token", place: "x", payloads: [{ entity: "constructor", entityAt: "a" }] }
    }
    expect(readDescription("d.json", description)).toContain('the entity "constructor", which entities does not have')
  })
  it("may be an account, an entity type or a changed field of a recording", () => {
    const recording = makeRecording()
    for (const account of inherited) {
      const stream = recording.stream({ template: "/api/v2/tickets", account })
      for (let sweep = 0; sweep < 12; sweep++) {
        const call = recording.call(stream, sweep * 300)
        recording.version(stream, call, "1", sweep * 300 - 5, sweep === 0 ? null : ["constructor"], false, account)
        recording.version(stream, call, "2", sweep * 300 - 5, sweep === 0 ? null : ["constructor"])
      }
    }
    const window = { from: start, to: start + 3_600_000 }
    const { pollers } = analyse(recording.done(), { window, reconcileSeconds: 1_800, routes: {}, plans: {} })
    expect(pollers).toHaveLength(inherited.length)
    for (const { coverage } of pollers)
      for (const count of Object.values(coverage?.uncoveredFields ?? {})) expect(count).toBeTypeOf("number")
  })
})
