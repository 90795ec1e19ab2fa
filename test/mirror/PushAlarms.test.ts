/** When a mirror takes pushes for lost, over weeks of an account: silence, events switched off, losses by chance. */
import { describe, expect, it } from "vitest"
import { PushAlarms } from "../../src/mirror/state/PushAlarms.js"
import { freshdesk } from "../../src/providers/index.js"
import type { Completeness, PushSigns, StateFeed } from "../../src/receiver/index.js"
import { PushRows } from "../../src/store/index.js"
import { officeTraffic } from "../support/officeTraffic.js"
import { minute, start } from "../support/polledStream.js"

const hour = 60 * minute
const day = 24 * hour
const source = "acme"

interface Change {
  readonly at: number
  readonly event: string
  readonly entity: string
  readonly changed: ReadonlyArray<string>
  /** Its push does not come. */
  readonly lost: boolean
}

const change = (at: number, lost: boolean, more: Partial<Change> = {}): Change => ({
  at,
  event: "ticket_update",
  entity: "ticket",
  changed: ["status"],
  lost,
  ...more
})

const rule = (event: string, more: Partial<PushSigns["subscribed"][number]> = {}): PushSigns["subscribed"][number] => ({
  source,
  route: "rule",
  event,
  active: true,
  off: false,
  appliedAt: start - day,
  watches: [],
  ...more
})

interface Account {
  readonly changes: ReadonlyArray<Change>
  readonly subscribed?: PushSigns["subscribed"]
  readonly sweepEveryMs?: number
  readonly backAt?: number
}

/** An account whose receiver counts the pushes and sweeps now and then, as a mirror looks at it. */
const watching = ({ backAt, changes, subscribed = [rule("ticket_update")], sweepEveryMs = 4 * hour }: Account) => {
  let now = start
  const sweptAt = () => start + Math.floor((now - start) / sweepEveryMs) * sweepEveryMs
  const feed: Pick<StateFeed, "healed" | "pushSlots"> = {
    pushSlots: (from) => {
      const slots = new Map<string, ReturnType<StateFeed["pushSlots"]>[number]>()
      for (const { at, event, lost } of changes) {
        const slot = Math.floor(at / PushRows.pushSlotMs)
        if (lost || at > now || slot < from) continue
        const known = slots.get(`${event} ${slot}`)
        slots.set(`${event} ${slot}`, { slot, source, event, pushes: (known?.pushes ?? 0) + 1, lastAt: at, newest: at })
      }
      return [...slots.values()].sort((a, b) => a.slot - b.slot)
    },
    healed: (after) =>
      changes
        .filter(({ at, lost }) => lost && at > after && at <= sweptAt())
        .map(({ at, changed, entity, event }) => ({ source, event, entity, updatedAt: at, changed }))
  }
  const alarms = new PushAlarms(feed, new Map([[source, freshdesk]]))
  const complete = (entity: string): Completeness => ({
    source,
    entity,
    completeAt: sweptAt(),
    everyMs: sweepEveryMs,
    reach: 0,
    filledAt: start,
    comparedAt: null
  })
  return {
    at: (moment: number, entity = "ticket") => {
      now = moment
      const types = [{ source, entity: "ticket", lastAt: now }]
      alarms.judge(
        { subscribed, types, unsubscribed: [], refused: [] },
        [complete("ticket"), complete("contact")],
        backAt ?? null,
        now
      )
      return alarms.of(source, entity)?.reason ?? null
    },
    why: (entity = "ticket") => alarms.of(source, entity)?.why
  }
}

/** The moments of alarms, with their reasons, looked at every so often. */
const alarmsIn = (account: ReturnType<typeof watching>, from: number, to: number, everyMs: number) => {
  const found: Array<string> = []
  for (let now = from; now <= to; now += everyMs) {
    const reason = account.at(now)
    if (reason !== null) found.push(`${new Date(now).toISOString()} ${reason}`)
  }
  return found
}

/** A Tuesday, at nine. */
const tuesday = start + 22 * day + 9 * hour

/** Losses by a seeded generator. */
const lossy = (seed: number, share: number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32 < share
  }
}

describe("an account whose pushes come", () => {
  it.each([0, 0.02, 0.05])("raises no alarm in two weeks with %d of the pushes lost, looked at every hour", (share) => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const isLost = lossy(seed, share)
      const changes = officeTraffic(seed, 36, 4 + (seed % 3) * 20).map((at) => change(at, isLost()))
      if (share > 0) expect(changes.filter(({ lost }) => lost).length).toBeGreaterThan(5)
      expect(alarmsIn(watching({ changes }), start + 21 * day, start + 35 * day, hour), `seed ${seed}`).toEqual([])
    }
  })
  it("raises none by changes that no subscription covers", () => {
    const pushed = officeTraffic(3, 30, 12).map((at) => change(at, false))
    const beside = (changed: ReadonlyArray<string>) => pushed.map(({ at }) => change(at + minute, true, { changed }))
    const byApp = [rule("ticket_update", { route: "app" })]
    const byStatus = [rule("ticket_update", { watches: ["status"] })]
    const cases = [
      { changes: [...pushed, ...beside(["custom_fields.cf_level"])], subscribed: byApp },
      { changes: [...pushed, ...beside(["tags"])], subscribed: byApp },
      { changes: [...pushed, ...beside(["priority"])], subscribed: byStatus },
      // A reply of which no event tells moves the stamp alone.
      { changes: [...pushed, ...beside([])], subscribed: byApp },
      // Somebody else has subscribed, nobody knows to what.
      { changes: [...pushed, ...beside(["status"])], subscribed: [] }
    ]
    for (const account of cases)
      expect(alarmsIn(watching(account), start + 24 * day, start + 26 * day, hour)).toEqual([])
    const covered = { changes: [...pushed, ...beside(["priority"])], subscribed: byApp }
    expect(alarmsIn(watching(covered), start + 24 * day, start + 25 * day, hour)).not.toEqual([])
  })
  it("raises none by what an outage has lost, nor by its silence", () => {
    const back = tuesday + 5 * hour
    const changes = officeTraffic(5, 30, 20).map((at) => change(at, at > tuesday && at < back))
    // Until it is back the mirror knows of no outage: it has no receiver then, and answers nothing anyway.
    expect(alarmsIn(watching({ changes, backAt: back }), back, back + 2 * day, 10 * minute)).toEqual([])
    expect(alarmsIn(watching({ changes }), back, back + 2 * day, 10 * minute)).not.toEqual([])
  })
})

describe("a rule that is switched off", () => {
  const switchedOff = (seed: number, perHour: number, backOn = Number.POSITIVE_INFINITY) =>
    officeTraffic(seed, 30, perHour).map((at) => change(at, at >= tuesday && at < backOn))

  it("is noticed at the second sweep at the latest, in a busy and in a slow account", () => {
    for (const perHour of [4, 12, 60])
      for (const seed of [1, 2, 3, 4, 5])
        expect(watching({ changes: switchedOff(seed, perHour) }).at(tuesday + 7 * hour), `seed ${seed}`).toBe(
          "lost-pushes"
        )
  })
  it("is noticed by its silence before any sweep, where much is expected", () => {
    const account = watching({ changes: switchedOff(1, 60), sweepEveryMs: 12 * hour })
    expect(account.at(tuesday)).toBe(null)
    expect(account.at(tuesday + 2 * hour)).toBe("silence")
    expect(account.why()).toMatch(
      /^no push of a ticket for .*, in which some 1\d\d were to be expected at these hours: /
    )
  })
  it("is noticed in an account that hardly changes, by the fifth change", () => {
    const changes = Array.from({ length: 26 }, (_, n) => change(start + n * day + 10 * hour, n >= 20))
    const account = watching({ changes })
    expect(account.at(start + 24 * day)).toBe(null)
    expect(account.at(start + 25 * day)).toBe("lost-pushes")
  })
  it("is noticed where another event of the type goes on", () => {
    const off = switchedOff(2, 12).map((one, n) =>
      n % 3 === 0 ? { ...one, event: "ticket_create", lost: false } : one
    )
    const account = watching({ changes: off, subscribed: [rule("ticket_update"), rule("ticket_create")] })
    expect(account.at(tuesday + 7 * hour)).toBe("lost-pushes")
    expect(account.why()).toContain("ticket_update")
  })
  it("is told from its neighbours: what one event lost is not another's", () => {
    const lost = (event: string, n: number) => change(tuesday + n * minute, true, { event })
    const four = [0, 1, 2, 3].flatMap((n) => [lost("ticket_update", 2 * n), lost("ticket_create", 2 * n + 1)])
    const subscribed = [rule("ticket_update"), rule("ticket_create")]
    const before = officeTraffic(1, 22, 1).map((at) => change(at, false))
    const account = (more: ReadonlyArray<Change>) => watching({ changes: [...before, ...four, ...more], subscribed })
    expect(account([]).at(tuesday + 7 * hour)).toBe(null)
    expect(account([lost("ticket_create", 8)]).at(tuesday + 7 * hour)).toBe("lost-pushes")
  })
  it("is answered again once a sweep has found nothing lost though pushes came", () => {
    const changes = switchedOff(1, 12, tuesday + day)
    const account = watching({ changes })
    expect(account.at(tuesday + day - hour)).toBe("lost-pushes")
    // Pushes come, and no sweep has been since.
    expect(account.at(tuesday + day + hour)).toBe("lost-pushes")
    expect(account.at(tuesday + day + 11 * hour)).toBe(null)
  })
  it("and a whole sweep that finds nothing explains a silence", () => {
    // A holiday: nothing changes.
    const changes = officeTraffic(1, 22, 60).map((at) => change(at, false))
    const account = watching({ changes })
    // Sweeps begin at 0, 4, 8 and so on.
    const [eleven, noon] = [tuesday + 2 * hour + 59 * minute, tuesday + 3 * hour]
    expect(account.at(eleven)).toBe("silence")
    expect(account.at(noon)).toBe(null)
  })
  it("is none where the subscription is younger than what was healed, or gone", () => {
    const changes = switchedOff(1, 12)
    const later = tuesday + 7 * hour
    const since = (appliedAt: number) => watching({ changes, subscribed: [rule("ticket_update", { appliedAt })] })
    expect(since(tuesday).at(later)).toBe("lost-pushes")
    expect(since(later).at(later)).not.toBe("lost-pushes")
    expect(watching({ changes, subscribed: [rule("contact_update")] }).at(later)).toBe(null)
    expect(watching({ changes, subscribed: [rule("ticket_update", { off: true, active: false })] }).at(later)).toBe(
      null
    )
  })
  it("of replies stands for their tickets", () => {
    const replies = switchedOff(4, 60).map((one) => ({
      ...one,
      event: "conversation_create",
      entity: "conversation",
      changed: ["body"]
    }))
    const subscribed = ["ticket_update", "conversation_create"].map((event) => rule(event, { route: "app" }))
    const account = watching({ changes: replies, subscribed })
    expect(account.at(tuesday)).toBe(null)
    expect(account.at(tuesday + 7 * hour)).toBe("lost-pushes")
    expect(account.at(tuesday + 7 * hour, "contact")).toBe(null)
  })
})
