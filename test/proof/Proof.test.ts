/**
 * The proving ground: random accounts with real programs, recorded, audited, replayed and shadowed as a user would, each held
 * against the truth. `npm run proof` plays a hundred; `SEED=17 npm run proof` plays one.
 */
import { beforeAll, describe, expect, it } from "vitest"
import { teachProviders } from "../../src/providers/service.js"
import { accountOfSeed } from "./Account.js"
import { shopDescription } from "./Commands.js"
import { play } from "./Play.js"
import { printed } from "./Table.js"
import { type Row, rowOf } from "./Verdict.js"

const one = process.env["SEED"]
const accounts = one === undefined ? Number(process.env["ACCOUNTS"] ?? 3) : 1
const first = Number(one ?? process.env["FIRST"] ?? 1)

beforeAll(() => {
  expect(teachProviders([shopDescription], "/")).toBeNull()
})

describe("a random account", () => {
  const rows: Array<Row> = []
  it.each(Array.from({ length: accounts }, (_, n) => first + n))(
    "is told as it is (seed %d)",
    { timeout: 600_000 },
    async (seed) => {
      const row = rowOf(await play(accountOfSeed(seed)))
      rows.push(row)
      console.log(printed(row))
      expect(row.off).toEqual([])
    }
  )
})
