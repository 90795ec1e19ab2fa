/**
 * The proving ground: random accounts with real programs, recorded, audited, replayed and shadowed as a user would,
 * each held against the truth. `npm run proof` plays a hundred; `SEED=17 npm run proof` plays one; the suite has a
 * share of them.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { teachProviders } from "../../src/providers/service.js"
import { accountOfSeed } from "./Account.js"
import { shopDescription } from "./Commands.js"
import { play } from "./Play.js"
import { printed, summary } from "./Table.js"
import { type Row, rowOf } from "./Verdict.js"

const one = process.env["SEED"]
const accounts = process.env["ACCOUNTS"]
const first = Number(process.env["FIRST"] ?? 1)
/** Three small ones: of a described provider, of Freshservice and of Freshsales. */
const share = [7, 8, 13]
const seeds =
  one !== undefined
    ? [Number(one)]
    : accounts === undefined
      ? share
      : Array.from({ length: Number(accounts) }, (_, n) => first + n)

beforeAll(() => {
  expect(teachProviders([shopDescription], "/")).toBeNull()
})

describe("a random account", () => {
  const rows: Array<Row> = []
  afterAll(() => console.log(summary(rows)))
  it.each(seeds)("is told as it is (seed %d)", { timeout: 600_000 }, async (seed) => {
    const row = rowOf(await play(accountOfSeed(seed)))
    rows.push(row)
    console.log(printed(row))
    expect(row.off).toEqual([])
  })
})
