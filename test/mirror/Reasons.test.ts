/** docs/mirror.md explains each reason for which a request goes through. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { unrecorded } from "../../src/domain/MirrorWay.js"
import { reasons } from "../../src/mirror/Question.js"
import { root } from "../support/files.js"

it("has a row for each reason, and for no other", () => {
  const table = /\| reason .*?\n\n/s.exec(readFileSync(join(root, "docs/mirror.md"), "utf8"))![0]
  const explained = [...table.matchAll(/^\| `([\w-]+)`/gm)].map(([, name]) => name)
  // An answer that another request of the caller brought has no reason of its own; one is of forecasts only.
  expect(explained.sort()).toEqual([...reasons, "in-flight", unrecorded].sort())
})
