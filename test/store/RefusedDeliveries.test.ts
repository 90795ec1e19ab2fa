import { expect, it } from "vitest"
import { refusedDeliveries } from "../../src/store/index.js"
import { openMemoryInbox } from "../support/memoryInbox.js"

const minute = 60_000

it("are those for a signature, several over a minute, later than the last one that was accepted", () => {
  const { file, inbox } = openMemoryInbox()
  const refused = refusedDeliveries(file.database)
  const refuse = (source: string, reason: string, at: number, count = 1) =>
    inbox.countRejections([{ source, reason, count }], at)
  refuse("desk", "missing", 0, 9)
  refuse("desk", "missing", minute)
  refuse("desk", "wrong", 1_000, 9)
  refuse("desk", "wrong", minute)
  refuse("service", "expired", 1_000)
  refuse("service", "expired", minute)
  expect(refused()).toEqual([])
  refuse("desk", "wrong", minute + 1_000)
  refuse("service", "expired", minute + 1_000)
  expect(refused()).toEqual([
    { source: "desk", lastAt: minute + 1_000, reason: "wrong" },
    { source: "service", lastAt: minute + 1_000, reason: "expired" }
  ])
  inbox.noteSecretUse("desk", "a secret", minute + 1_000, 1)
  expect(refused().map(({ source }) => source)).toEqual(["service"])
  // They are counted anew from the one that was accepted on.
  refuse("desk", "wrong", 3 * minute, 2)
  refuse("desk", "wrong", 4 * minute - 1)
  expect(refused().map(({ source }) => source)).toEqual(["service"])
  refuse("desk", "wrong", 4 * minute)
  expect(refused()).toContainEqual({ source: "desk", lastAt: 4 * minute, reason: "wrong" })
})
