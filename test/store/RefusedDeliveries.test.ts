import { expect, it } from "vitest"
import { refusedDeliveries } from "../../src/store/index.js"
import { openMemoryInbox } from "../support/memoryInbox.js"

it("are those for a signature, later than the last one that was accepted", () => {
  const { file, inbox } = openMemoryInbox()
  const refused = refusedDeliveries(file.database)
  const refuse = (source: string, reason: string, at: number) =>
    inbox.countRejections([{ source, reason, count: 1 }], at)
  refuse("desk", "missing", 900)
  expect(refused()).toEqual([])
  refuse("desk", "wrong", 1_000)
  refuse("desk", "expired", 1_500)
  refuse("service", "wrong", 1_000)
  expect(refused()).toEqual([
    { source: "desk", lastAt: 1_500, reason: "expired" },
    { source: "service", lastAt: 1_000, reason: "wrong" }
  ])
  inbox.noteSecretUse("desk", "a secret", 1_500, 1)
  expect(refused().map(({ source }) => source)).toEqual(["service"])
  refuse("desk", "wrong", 2_000)
  expect(refused()).toContainEqual({ source: "desk", lastAt: 2_000, reason: "wrong" })
})
