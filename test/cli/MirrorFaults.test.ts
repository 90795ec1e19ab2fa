/** Failures beside a mirror, real processes: it goes on through to the provider, says why, and tells nothing old. */
import { rmSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { ended } from "../support/cli.js"
import {
  answers,
  ask,
  changedLately,
  startMirror,
  startMirrored,
  startReceiver,
  subscribe
} from "../support/mirrorProcesses.js"
import { until } from "../support/until.js"

const readiness = async (admin: string): Promise<{ readonly status: number; readonly text: string }> => {
  const answer = await fetch(`${admin}/readyz`)
  return { status: answer.status, text: await answer.text() }
}

interface Ticket {
  readonly id: number
  readonly subject: string
}
const subjectsIn = (body: unknown): ReadonlyMap<number, string> =>
  new Map((body as ReadonlyArray<Ticket>).map(({ id, subject }) => [id, subject]))

describe("a mirror that is killed in mid-answer", { timeout: 300_000 }, () => {
  it("shows what was written through it at once when it is back, with no push to tell", async () => {
    const { control, folder, mirror, simulator } = await startMirrored()
    await control("faults", { drop: 1 })
    await answers(mirror.url)
    const [untouched, ...others] = subjectsIn((await ask(mirror.url, changedLately())).body).keys()
    const ids = others.slice(0, 12)
    expect(ids).toHaveLength(12)
    const write = (url: string, id: number, subject: string) =>
      ask(url, `/api/v2/tickets/${id}`, { method: "PUT", body: { subject } })
    expect(await write(mirror.url, ids[0]!, "written and answered")).toMatchObject({ status: 200, cache: "BYPASS" })
    // The others are under way; reads as well.
    const underWay = ids
      .slice(1)
      .flatMap((id) => [
        write(mirror.url, id, `written ${id}`),
        ask(mirror.url, `/api/v2/tickets/${id}`),
        ask(mirror.url, changedLately())
      ])
    const settled = underWay.map((one) => one.catch(() => null))
    await Promise.race(underWay)
    mirror.child.kill("SIGKILL")
    await ended(mirror.child)
    const outcomes = await Promise.all(settled)
    expect(outcomes).toContain(null)

    // The provider itself shows a write a moment later.
    await until(async () => {
      const { body } = await ask(simulator, `/api/v2/tickets/${ids[0]}`)
      return (body as Ticket).subject === "written and answered"
    }, "the write is readable")
    const again = await startMirror(folder)
    // The shape of answers is learned from others than those that were written to: the state might show these.
    await ask(again.url, `/api/v2/tickets/${untouched}`)
    const first = await ask(again.url, `${changedLately()}&page=1`.replace("per_page=100", "per_page=1"))
    expect([...subjectsIn(first.body).keys()]).toEqual([untouched])
    const listed = subjectsIn((await ask(again.url, changedLately())).body)
    expect(listed).toEqual(subjectsIn((await ask(simulator, changedLately())).body))
    expect(listed.get(ids[0]!)).toBe("written and answered")
    for (let n = 0; n < 3; n++) {
      for (const id of ids) {
        const [mine, theirs] = [
          await ask(again.url, `/api/v2/tickets/${id}`),
          await ask(simulator, `/api/v2/tickets/${id}`)
        ]
        expect(mine.body).toEqual(theirs.body)
      }
      const list = subjectsIn((await ask(again.url, changedLately())).body)
      expect(list).toEqual(subjectsIn((await ask(simulator, changedLately())).body))
    }
    await answers(again.url)
  })
})

describe("without its receiver", { timeout: 300_000 }, () => {
  it("the mirror lets all through and says so, until one is back", async () => {
    const { folder, mirror, receiver, simulator } = await startMirrored()
    await answers(mirror.url)
    expect(await readiness(mirror.admin)).toEqual({ status: 200, text: "ready\n" })
    receiver.child.kill("SIGKILL")
    await ended(receiver.child)
    await until(async () => (await readiness(mirror.admin)).status === 503)
    expect((await readiness(mirror.admin)).text).toContain("freshdesk ticket: no receiver runs on this database\n")
    const passed = await ask(mirror.url, changedLately())
    expect(passed).toMatchObject({ status: 200, cache: "MISS", reason: "receiver", age: null })
    expect(passed.body).toEqual((await ask(simulator, changedLately())).body)
    expect(await ask(mirror.url, "/api/v2/tickets/1")).toMatchObject({ cache: "MISS", reason: "receiver" })
    await startReceiver(folder)
    await answers(mirror.url)
    expect(await readiness(mirror.admin)).toEqual({ status: 200, text: "ready\n" })
  })

  it("nor its state: all goes through, before and after a start on the new one", async () => {
    const { control, folder, mirror, receiver, simulator } = await startMirrored()
    await answers(mirror.url)
    receiver.child.kill("SIGTERM")
    await ended(receiver.child)
    for (const end of ["", "-wal", "-shm", ".key"]) rmSync(join(folder, `hookshift.db${end}`), { force: true })
    await control("changes", [{ entity: "ticket", id: 1, action: "update", fields: { subject: "changed since" } }])
    const { ready } = await startReceiver(folder)
    await subscribe(folder, ready.url, simulator)
    await until(async () => (await ask(mirror.url, changedLately())).reason === "receiver")
    const passed = await ask(mirror.url, changedLately())
    expect(passed).toMatchObject({ cache: "MISS", reason: "receiver", age: null })
    expect(passed.body).toEqual((await ask(simulator, changedLately())).body)
    mirror.child.kill("SIGTERM")
    expect(await ended(mirror.child)).toBe(0)
    const again = await startMirror(folder)
    await answers(again.url)
    expect(subjectsIn((await ask(again.url, changedLately())).body).get(1)).toBe("changed since")
  })
})
