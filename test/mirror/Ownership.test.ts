/** One mirror answers from a database at a time. */
import Sqlite from "better-sqlite3"
import { expect, it, onTestFinished, vi } from "vitest"
import { ownState } from "../../src/mirror/Ownership.js"
import { createMirror } from "../../src/mirror.js"
import { leaseTimes } from "../../src/receiver/index.js"
import { settingsBefore } from "../support/mounted.js"
import { until } from "../support/until.js"

it("is not answered from by a second mirror, until the first has ended", async () => {
  const options = settingsBefore("http://127.0.0.1:1")
  const first = await createMirror(options)
  await expect(createMirror(options)).rejects.toMatchObject({
    reason: "store",
    message: expect.stringMatching(
      /^the state in .* belongs to another mirror, process \d+ on .*: stop that one first, since neither would know/
    )
  })
  await first.close()
  await (await createMirror(options)).close()
})

it("lets all through once another mirror has taken its place, and says so", async () => {
  const told: Array<string> = []
  const options = settingsBefore("http://127.0.0.1:1")
  const mirror = await createMirror({ ...options, log: (level, message) => void told.push(`${level} ${message}`) })
  onTestFinished(() => mirror.close())
  await mirror.loaded
  const database = new Sqlite(options.db!)
  database.prepare("UPDATE mirror_owner SET token = 'another'").run()
  database.close()
  await until(() => told.some((line) => line.startsWith("error all requests go through: the state in ")))
})

it("is valid while its heartbeat can be written, and from the moment before the write", () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] })
  onTestFinished(() => void vi.useRealTimers())
  const file = settingsBefore("http://127.0.0.1:1").db!
  const owned = ownState(file, { onLost: () => expect.unreachable(), onRegained: () => expect.unreachable() })
  onTestFinished(owned.release)
  expect(owned.isValid()).toBe(true)
  const other = new Sqlite(file)
  onTestFinished(() => void other.close())
  other.exec("BEGIN IMMEDIATE")
  vi.advanceTimersByTime(leaseTimes.validMs)
  expect(owned.isValid()).toBe(false)
  other.exec("COMMIT")
  vi.advanceTimersByTime(leaseTimes.beatEveryMs)
  expect(owned.isValid()).toBe(true)
})

it("is had again once the other mirror has ended, with what that one has noted", async () => {
  const told: Array<string> = []
  const options = settingsBefore("http://127.0.0.1:1")
  const mirror = await createMirror({ ...options, log: (level, message) => void told.push(`${level} ${message}`) })
  onTestFinished(() => mirror.close())
  await mirror.loaded
  const database = new Sqlite(options.db!)
  onTestFinished(() => void database.close())
  database.prepare("UPDATE mirror_owner SET token = 'another'").run()
  await until(() => told.some((line) => line.startsWith("error all requests go through: the state in ")))
  // It is not taken from one that runs.
  await new Promise((next) => setTimeout(next, 2 * leaseTimes.beatEveryMs))
  expect(database.prepare("SELECT token FROM mirror_owner").pluck().get()).toBe("another")
  database.prepare("DELETE FROM mirror_owner").run()
  await until(() => told.includes("info the other mirror has ended: requests are answered from the state again"))
  expect(database.prepare("SELECT pid FROM mirror_owner").pluck().get()).toBe(process.pid)
})
