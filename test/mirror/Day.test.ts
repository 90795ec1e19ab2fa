/**
 * A working day of pollers through the mirror: how many calls the provider sees, everything counted, beside the calls of
 * the same programs without it. Each program sees the same versions, and none later than it asks.
 */
import { expect, it } from "vitest"
import { type Asked, dice, mirrorWorld, replyTo } from "./mirrorWorld.js"
import { minute, nextTarget, second } from "./motion.js"

const hours = Number(process.env["HOOKSHIFT_MIRROR_HOURS"] ?? 8)
const changesAnHour = 30

type Fields = Readonly<Record<string, unknown>>

interface Program {
  readonly agent: string
  readonly everyMs: number
  readonly list: (since: string) => string
  /** Reads the conversations of each changed ticket. */
  readonly deep: boolean
  cursor: number
  dueAt: number
  polls: number
  calls: number
  late: Array<number>
}

const programs = (start: number): ReadonlyArray<Program> =>
  [
    {
      agent: "crm-sync/1",
      everyMs: minute,
      list: (since: string) => `/api/v2/tickets?updated_since=${since}`,
      deep: true
    },
    {
      agent: "wall/1",
      everyMs: minute,
      list: (since: string) => `/api/v2/tickets?updated_since=${since}&per_page=100`,
      deep: false
    },
    {
      agent: "warehouse/1",
      everyMs: 5 * minute,
      list: (since: string) => `/api/v2/tickets?updated_since=${since}&order_by=updated_at&order_type=asc`,
      deep: true
    },
    {
      agent: "contacts/1",
      everyMs: 5 * minute,
      list: (since: string) => `/api/v2/contacts?_updated_since=${since}&per_page=100`,
      deep: false
    },
    { agent: "roster/1", everyMs: 30 * minute, list: () => "/api/v2/agents?per_page=100", deep: false }
  ].map((one) => ({ ...one, cursor: start - minute, dueAt: start, polls: 0, calls: 0, late: [] }))

it("makes a fraction of the calls", { timeout: 600_000 }, async () => {
  const random = dice(5)
  const world = mirrorWorld({
    seed: 5,
    entities: 300,
    everyMs: 4 * 60 * minute,
    recheckMs: 60 * minute,
    readLagMs: 800
  })
  const { receiver, time } = world
  time.advance(minute)
  receiver.sweep()
  await world.load()
  time.advance(minute)
  const first = time.now()
  const all = programs(first)
  let sweptAt = first
  let nextChange = first
  let due: Array<{ at: number; run: () => void }> = []
  const before = world.calls() + receiver.calls
  const push = (entity: string, record: Fields | null, changed: ReadonlyArray<string> | null = null): void => {
    if (record !== null)
      due.push({
        at: time.now() + (2 + random.below(15)) * second,
        run: () => receiver.push(entity, record, false, changed)
      })
  }
  const change = (): void => {
    const ticket = random.pick(world.product.world.readable("ticket"))
    const id = Number(ticket["id"])
    const kind = random.next()
    if (kind < 0.45) push("ticket", world.change("ticket", "update", id, { status: 2 + random.below(4) }), ["status"])
    else if (kind < 0.6) push("ticket", world.change("ticket", "create", null, { ...ticket, id: undefined }))
    else if (kind < 0.9) push("conversation", world.change("conversation", "create", null, replyTo(id)))
    else
      push("contact", world.change("contact", "update", 1001 + random.below(50), { phone: `+1${random.below(1e6)}` }), [
        "phone"
      ])
  }
  const ask = async (program: Program, target: string): Promise<Asked> => {
    program.calls += 1
    const answer = await world.ask(target, { agent: program.agent })
    expect(answer.status, target).toBe(200)
    return answer
  }
  const poll = async (program: Program): Promise<void> => {
    program.polls += 1
    const since = new Date(program.cursor).toISOString().replace(".000Z", "Z")
    let newest = program.cursor
    let target: string | null = program.list(since)
    while (target !== null) {
      const answer: Asked = await ask(program, target)
      for (const item of answer.body as ReadonlyArray<Fields>) {
        const stamp = Date.parse(String(item["updated_at"]))
        if (stamp > program.cursor) program.late.push(time.now() - stamp)
        newest = Math.max(newest, stamp)
        if (program.deep && stamp > program.cursor)
          await ask(program, `/api/v2/tickets/${String(item["id"])}/conversations`)
      }
      target = nextTarget(answer)
    }
    if (program.agent !== "roster/1") program.cursor = newest
  }
  while (time.now() < first + hours * 60 * minute) {
    time.advance(5 * second)
    const now = time.now()
    for (const { run } of due.filter(({ at }) => at <= now)) run()
    due = due.filter(({ at }) => at > now)
    while (nextChange <= now) {
      change()
      nextChange += Math.max(second, Math.round(-Math.log(1 - random.next()) * ((60 * minute) / changesAnHour)))
    }
    if (now - sweptAt >= 4 * 60 * minute) {
      receiver.sweep()
      sweptAt = now
    }
    for (const program of all)
      if (program.dueAt <= now) {
        await poll(program)
        program.dueAt += program.everyMs
      }
  }
  const asked = all.reduce((sum, program) => sum + program.calls, 0)
  const made = world.calls() + receiver.calls - before
  if (process.env["HOOKSHIFT_MIRROR_REASONS"] !== undefined) {
    console.log(
      `${asked} requests, ${made} calls to the provider (${receiver.calls} of sweeps in all): ${((1 - made / asked) * 100).toFixed(1)} % fewer`
    )
    console.log(Object.fromEntries(world.tallies().byReason))
    for (const { agent, late, polls } of all)
      console.log(
        agent,
        polls,
        "polls; p95 behind, s:",
        late.sort((a, b) => a - b)[Math.floor(late.length * 0.95)]! / 1_000
      )
  }
  // No later than at the poll behind the push, which takes up to 17 s, by a clock that moves in steps of 5 s.
  for (const { agent, everyMs, late } of all)
    expect(Math.max(0, ...late), agent).toBeLessThanOrEqual(everyMs + 25 * second)
  expect(made / asked).toBeLessThan(0.5)
})
