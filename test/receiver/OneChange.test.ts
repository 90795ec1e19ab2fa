/** One change is one event, whichever way it comes; and a field that only one way shows is no change. */
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { runCli } from "../support/cli.js"
import { temporaryFolder } from "../support/files.js"
import { account, reconciling, stampAt } from "../support/reconciling.js"

const day = 86_400_000
/** Long after the watch began, however slow the machine is. */
const later = Date.now() + 3_600_000

/** Lists leave the description out, as Freshdesk's do; asking for one ticket shows it. */
const desk = async () => {
  const old = stampAt(Date.now() - 2 * day)
  const whole = new Map<number, Record<string, unknown>>()
  const put = (id: number, fields: Record<string, unknown>, at: number | null = null) => {
    const known = whole.get(id) ?? { id, status: 2, description: `text ${id}`, custom_fields: { cf_a: null, cf_b: 1 } }
    const updated_at = at === null ? (known["updated_at"] ?? old) : stampAt(at)
    whole.set(id, { created_at: at === null ? old : updated_at, ...known, ...fields, updated_at })
  }
  put(1, {})
  const deleted = new Set<number>()
  const { url } = await account((path, query) => {
    const id = /\/tickets\/(\d+)$/.exec(path)?.[1]
    if (id !== undefined) return whole.get(Number(id)) ?? 404
    if (!path.endsWith("/tickets") || query.get("filter") === "spam") return []
    const wanted = query.get("filter") === "deleted"
    return [...whole.values()]
      .filter((one) => deleted.has(one["id"] as number) === wanted)
      .map(({ description, ...listed }) => (wanted ? { ...listed, deleted: true } : listed))
  })
  const folder = temporaryFolder()
  const running = await reconciling({
    db: join(folder, "inbox.db"),
    product: "freshdesk",
    baseUrl: url,
    entities: ["ticket"]
  })
  const push = (event: string, id: number, more: Record<string, unknown> = {}) => {
    const snapshot = whole.get(id)!
    return running.push({ event, entity: "ticket", id, updated_at: snapshot["updated_at"], snapshot, ...more })
  }
  return { folder, put, push, running, deleted, handed: running.handed }
}

describe("a list and a push of one change", () => {
  it("name the same fields, and none that only one of them shows", async () => {
    const { handed, push, put } = await desk()
    put(1, { status: 4 }, later)
    await push("ticket_update", 1)
    expect(handed.map(({ changed }) => changed)).toEqual([["status"]])
    put(1, { description: "another", custom_fields: { cf_a: 2, cf_b: 1 } }, later + 1_000)
    await push("ticket_update", 1)
    expect(handed[1]!.changed).toEqual(["custom_fields.cf_a", "description"])
  })
  it("are one creation, the list first", async () => {
    const { handed, push, put, running } = await desk()
    put(2, {}, later)
    await running.sweep()
    expect(await push("ticket_create", 2)).toBe(200)
    expect(handed).toMatchObject([{ event: "ticket_create", entityId: "2", before: null, origin: "reconciliation" }])
    expect(running.receiver.inbox.list(10)).toMatchObject([{ event: "ticket_create", duplicates: 1 }])
    // The sender's next try is the same again.
    await push("ticket_create", 2)
    expect([handed.length, running.receiver.inbox.list(10)[0]!.duplicates]).toEqual([1, 2])
    // What the push knew more is known from now on.
    expect(running.receiver.inbox.state("s", "ticket", "2")?.snapshot["description"]).toBe("text 2")
  })
  it("are one creation though it was changed by then, and the push comes late", async () => {
    const { handed, push, put, running } = await desk()
    put(2, {}, later)
    const created = { id: 2, status: 2, updated_at: stampAt(later), description: "text 2" }
    put(2, { status: 5 }, later + 5_000)
    await running.sweep()
    await push("ticket_create", 2, { updated_at: stampAt(later), snapshot: created })
    expect(handed.map(({ after, event }) => [event, after?.["status"]])).toEqual([["ticket_create", 5]])
  })
  it("are one creation, the push first", async () => {
    const { handed, push, put, running } = await desk()
    put(2, {}, later)
    await push("ticket_create", 2)
    await running.sweep()
    expect(handed.map(({ event, origin }) => [event, origin])).toEqual([["ticket_create", "webhook"]])
  })
  it("are one update, and two changes of one second stay two", async () => {
    const { handed, push, put, running } = await desk()
    put(1, { status: 4 }, later)
    await running.sweep()
    await push("ticket_update", 1)
    expect(handed.map(({ changed, origin }) => [origin, changed])).toEqual([["reconciliation", ["status"]]])
    put(1, { status: 5 }, later)
    await push("ticket_update", 1)
    expect(handed.slice(1).map(({ changed, origin }) => [origin, changed])).toEqual([["webhook", ["status"]]])
  })
  it("are one deletion, whichever is first", async () => {
    const { deleted, handed, push, put, running } = await desk()
    put(2, {}, later)
    put(3, {}, later)
    await running.sweep()
    for (const id of [2, 3]) put(id, {}, later + 9_000)
    await push("ticket_delete", 2, { snapshot: null })
    for (const id of [2, 3]) deleted.add(id)
    await running.sweep()
    await push("ticket_delete", 3, { snapshot: null })
    const deletions = handed.filter(({ event }) => event === "ticket_delete")
    expect(deletions.map(({ entityId, origin }) => [entityId, origin])).toEqual([
      ["2", "webhook"],
      ["3", "reconciliation"]
    ])
  })
})

describe("a creation", () => {
  it("of an entity of the past, whose push comes late, is handed over with nothing before it", async () => {
    const { handed, push } = await desk()
    await push("ticket_create", 1)
    expect(handed).toMatchObject([{ event: "ticket_create", entityId: "1", before: null, after: { status: 2 } }])
  })
  it("that two routes tell is one", async () => {
    const { handed, push, put } = await desk()
    put(2, {}, later)
    await push("ticket_create", 2)
    await push("ticket_create", 2, { snapshot: { id: 2, status: 2, updated_at: stampAt(later) } })
    expect(handed).toHaveLength(1)
  })
})

it("the list of the inbox says which way each event came", async () => {
  const { folder, push, put, running } = await desk()
  put(1, { status: 4 }, later)
  await push("ticket_update", 1)
  put(2, {}, later)
  await running.sweep()
  const json = await runCli(["inbox", "list", "--db", "inbox.db", "--json"], { cwd: folder })
  expect(JSON.parse(json.stdout).map((line: Record<string, unknown>) => [line["entityId"], line["origin"]])).toEqual([
    ["2", "reconciliation"],
    ["1", "webhook"]
  ])
  const shown = await runCli(["inbox", "list", "--db", "inbox.db"], { cwd: folder })
  expect(shown.stdout).toMatch(/origin.*\n(?:.*\n)?.*reconciliation +ticket_create/)
})
