/** A window without calls, in a recording that has some. */
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { runCli } from "../support/cli.js"
import { root, temporaryFolder } from "../support/files.js"

describe("a window without calls", () => {
  let folder = ""
  beforeAll(async () => {
    folder = temporaryFolder((fn) => afterAll(() => fn(undefined as never)))
    await runCli(["import", "har", join(root, "fixtures/har/two-pollers.har")], { cwd: folder })
  })
  const said = async (...args: ReadonlyArray<string>) => {
    const { code, stderr, stdout } = await runCli(args, { cwd: folder })
    return { code, stdout, stderr: stderr.trim() }
  }

  it.each([
    [["--from", "2040-01-01T00:00:00Z"], "nothing was recorded from 2040-01-01T00:00:00.000Z on"],
    [["--to", "2001-01-01T00:00:00Z"], "nothing was recorded before 2001-01-01T00:00:00.000Z"],
    [
      ["--from", "2040-01-01", "--to", "2040-01-02"],
      "nothing was recorded between 2040-01-01T00:00:00.000Z and 2040-01-02T00:00:00.000Z"
    ],
    [["--product", "freshchat"], "no call to freshchat was recorded"]
  ])("is told as such, with what the recording has: audit %j", async (options, sentence) => {
    const ran = await said("audit", ...options)
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain(`${sentence}; the recording has `)
    expect(ran.stderr).toMatch(/ calls, from 20\S+Z to 20\S+Z: name another (?:window|product)/)
  })

  it("is said of an export, which is empty", async () => {
    const ran = await said("export", "ndjson", "--from", "2040-01-01T00:00:00Z")
    expect(ran.code).toBe(0)
    expect(ran.stderr).toContain("nothing was recorded from 2040-01-01T00:00:00.000Z on; the recording has ")
  })

  it.each([["audit"], ["export", "ndjson"], ["inbox", "retry"]])(
    "cannot end before it begins: %s",
    async (...command) => {
      const window = ["--from", "2026-03-02T00:00:00Z", "--to", "2026-03-01T00:00:00Z"]
      const ran = await said(...command.filter((word) => word !== undefined), ...window)
      expect(ran.code).toBe(2)
      expect(ran.stderr).toContain("--from is after --to (2026-03-02T00:00:00.000Z and 2026-03-01T00:00:00.000Z)")
    }
  )
})
