import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { parseFaults } from "../../src/audit/index.js"
import { faultNames } from "../../src/domain/Fault.js"
import { faultKinds as scenarioKinds } from "../replay/randomScenario.js"
import { faultKinds as dayKinds } from "../simulation/Day.js"
import { root } from "../support/files.js"

const read = (file: string): string => readFileSync(join(root, file), "utf8")

/** Faults of a receiver's day that no `--faults` plays: its process, its disk, its limit and its handler. */
const ofDaysOnly = ["crash", "stop", "diskFull", "diskLocked", "diskUnconfirmed", "limit", "handler"]

describe("the names of faults", () => {
  it("are those that the table of docs/replay.md explains, in its order", () => {
    const [, table = ""] = read("docs/replay.md").split("## Faults")
    const explained = [...table.split("\n## ")[0]!.matchAll(/^\| `(\w+)=/gm)].map(([, name]) => name!)
    expect(new Set(explained)).toEqual(new Set(faultNames))
    expect(explained).toHaveLength(faultNames.length)
  })

  it("are those that --faults takes, and its help tells each", () => {
    const values: Readonly<Record<string, string>> = { restart: "@9h", skew: "90s" }
    for (const name of faultNames)
      expect(["0.1", "2h", values[name]].some((value) => typeof parseFaults(`${name}=${value}`) === "object")).toBe(
        true
      )
    const help = read("src/cli/SharedOptions.ts")
    expect(faultNames.filter((name) => !new RegExp(`\\b${name}\\b`).test(help))).toEqual([])
    expect(parseFaults("gremlins=1")).toContain(faultNames.at(-1))
  })

  it("are those of the days that tests play; a list of restarts has its plural", () => {
    expect(scenarioKinds.map((kind) => kind.replace(/^restarts$/, "restart")).sort()).toEqual([...faultNames].sort())
    expect(dayKinds.filter((kind) => !faultNames.includes(kind))).toEqual(ofDaysOnly)
  })
})
