/**
 * The proving ground's programs in another language: Python, through the proxy, on the real clock. `SEED=3` plays one.
 */
import { spawnSync } from "node:child_process"
import { beforeAll, describe, expect, it } from "vitest"
import { teachProviders } from "../../src/providers/service.js"
import { liveAccountOfSeed } from "./Account.js"
import { shopDescription } from "./Commands.js"
import { playLive } from "./Live.js"
import { printed } from "./Table.js"
import { rowOf } from "./Verdict.js"

const one = process.env["SEED"]
const campaign = process.env["LIVE_ACCOUNTS"]
const seeds = one === undefined ? Array.from({ length: Number(campaign ?? 1) }, (_, n) => n + 1) : [Number(one)]
const hasPython = spawnSync("python3", ["--version"]).status === 0
if (!hasPython) console.log("skipped: no python3 is installed, so none polls through the proxy")

beforeAll(() => {
  expect(teachProviders([shopDescription], "/")).toBeNull()
})

describe.skipIf(!hasPython)("an account that Python polls through the proxy", () => {
  it.each(seeds)("is told as it is (seed %d)", { timeout: 300_000 }, async (seed) => {
    const row = rowOf(await playLive(liveAccountOfSeed(seed)))
    console.log(printed(row))
    // How soon a program reads on is the machine's: on a busy one that is no fault of the recording.
    expect(row.off.filter(({ kind }) => campaign !== undefined || kind !== "lag")).toEqual([])
  })
})
