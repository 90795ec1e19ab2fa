import { chmodSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Either } from "effect"
import { expect, it } from "vitest"
import { storeOnceApplied } from "../../src/cli/ReadStore.js"
import { temporaryFolder } from "../support/files.js"

/** The fault of a database before the command's work begins; `null` where the work begins. */
const faultOf = (file: string) =>
  Effect.runPromise(
    Effect.void.pipe(
      Effect.provide(storeOnceApplied(file)),
      Effect.either,
      Effect.map(Either.match({ onLeft: ({ message }) => message, onRight: () => null }))
    )
  )

it("a database that cannot be made is told before anything is applied, and none is made", async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, "file"), "")
  for (const place of ["no/such/x.db", "file/x.db"])
    expect(await faultOf(join(folder, place))).toBe(
      `${join(folder, place)} cannot be opened: check that its folder exists and can be written to`
    )
  expect(await faultOf(join(folder, "x.db"))).toBe(null)
  expect(readdirSync(folder)).toEqual(["file"])
})

// Root may write everywhere.
it.skipIf(process.getuid?.() === 0)("so is one in a folder that may not be written to", async () => {
  const folder = temporaryFolder()
  chmodSync(folder, 0o500)
  expect(await faultOf(join(folder, "x.db"))).toMatch(/cannot be written to: check its permissions/)
})
