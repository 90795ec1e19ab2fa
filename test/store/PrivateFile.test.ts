/** Files of ours are their owner's alone, under any umask; a link in their place is replaced, not followed. */
import { spawnSync } from "node:child_process"
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { buildSync } from "esbuild"
import { describe, expect, it } from "vitest"
import { backupDatabase, openDatabase, writePrivately } from "../../src/store/index.js"
import { root, temporaryFolder } from "../support/files.js"

const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8)

describe("a database", () => {
  it("is made for its owner alone, with its log, its shared memory and its backup", () => {
    const folder = temporaryFolder()
    const file = join(folder, "a.db")
    const database = openDatabase(file)
    database.exec("INSERT INTO meta VALUES ('x', 'y')")
    expect(readdirSync(folder).map((name) => [name, modeOf(join(folder, name))])).toEqual([
      ["a.db", "600"],
      ["a.db-shm", "600"],
      ["a.db-wal", "600"]
    ])
    backupDatabase(file, join(folder, "b.db"))
    expect(modeOf(join(folder, "b.db"))).toBe("600")
    database.close()
  })
  it("of an earlier version loses the rights of others when it is opened", () => {
    const file = join(temporaryFolder(), "a.db")
    openDatabase(file).close()
    chmodSync(file, 0o664)
    const database = openDatabase(file)
    expect([modeOf(file), modeOf(`${file}-wal`)]).toEqual(["600", "600"])
    database.close()
  })
  it("that cannot be made says so in the words of a database", () => {
    expect(() => openDatabase(join(temporaryFolder(), "none", "a.db"))).toThrow(/check that its folder exists/)
  })
  it("is backed up beside a link without touching what the link leads to", () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, "mine"), "untouched")
    openDatabase(join(folder, "a.db")).close()
    symlinkSync(join(folder, "mine"), join(folder, "b.db.new"))
    symlinkSync(join(folder, "nowhere"), join(folder, "c.db"))
    backupDatabase(join(folder, "a.db"), join(folder, "b.db"))
    backupDatabase(join(folder, "a.db"), join(folder, "c.db"))
    expect(readFileSync(join(folder, "mine"), "utf8")).toBe("untouched")
    expect(existsSync(join(folder, "nowhere"))).toBe(false)
  })
})

describe("a file that is written", () => {
  it("is its owner's, takes the place of a link, and is whole or not there", () => {
    const folder = temporaryFolder()
    const mine = join(folder, "mine")
    writeFileSync(mine, "untouched")
    symlinkSync(mine, join(folder, "out"))
    const failing = function* () {
      yield "half"
      throw new Error("no more")
    }
    expect(() => writePrivately(join(folder, "out"), failing())).toThrow("no more")
    expect(readFileSync(join(folder, "out"), "utf8")).toBe("untouched")
    writePrivately(join(folder, "out"), ["one", " and two"])
    expect([readFileSync(join(folder, "out"), "utf8"), modeOf(join(folder, "out"))]).toEqual(["one and two", "600"])
    expect(readFileSync(mine, "utf8")).toBe("untouched")
    writeFileSync(join(folder, "wide"), "x")
    chmodSync(join(folder, "wide"), 0o666)
    writePrivately(join(folder, "wide"), "y")
    expect(modeOf(join(folder, "wide"))).toBe("600")
    expect(readdirSync(folder).sort()).toEqual(["mine", "out", "wide"])
  })
  it.skipIf(process.platform === "win32")("is not cut off where the disk takes only a part of a write", () => {
    const folder = temporaryFolder()
    const module = join(folder, "PrivateFile.mjs")
    buildSync({
      entryPoints: [join(root, "src/store/PrivateFile.ts")],
      bundle: true,
      platform: "node",
      format: "esm",
      outfile: module
    })
    writeFileSync(join(folder, "out"), "as it was")
    const program = `import { writePrivately } from "./PrivateFile.mjs"; writePrivately("out", "x".repeat(5_000))`
    // Room for some kilobytes: the kernel writes so much of a longer piece, and says how much.
    const { status, stderr } = spawnSync(
      "sh",
      ["-c", 'ulimit -f 4; exec "$0" --input-type=module -e "$1"', process.execPath, program],
      { cwd: folder, encoding: "utf8" }
    )
    expect([status, stderr]).toEqual([1, expect.stringContaining("EFBIG")])
    expect(readFileSync(join(folder, "out"), "utf8")).toBe("as it was")
    expect(readdirSync(folder).sort()).toEqual(["PrivateFile.mjs", "out"])
  })
  it("goes into a device or a pipe as it is", () => {
    writePrivately("/dev/null", "gone")
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true)
    if (existsSync("/dev/full")) expect(() => writePrivately("/dev/full", "no room")).toThrow("ENOSPC")
  })
})
