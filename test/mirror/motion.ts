/** Histories in motion: pushes on their way, how old an answer says that it is, and the end at which nothing moves any more. */
import type { Asked, dice, mirrorWorld } from "./mirrorWorld.js"

export type World = ReturnType<typeof mirrorWorld>

export const second = 1_000
export const minute = 60 * second

/** The moment up to which an answer shows all changes, by its own word. */
export const asOf = ({ time }: Pick<World, "time">, { age }: Pick<Asked, "age">): number =>
  time.now() - (age ?? 0) * second

/** The next page of a list, by its `Link`. */
export const nextTarget = ({ link }: Asked): string | null =>
  link === null ? null : (/<http:\/\/provider([^>]+)>/.exec(link)?.[1] ?? null)

/** Pushes that are lost, late and out of order. */
export const pushesOnTheirWay = (random: ReturnType<typeof dice>, time: World["time"]) => {
  let due: Array<{ readonly at: number; readonly run: () => void }> = []
  return {
    /** `make` draws the rest of it, and gives its arrival. */
    send: (make: () => () => void): void => {
      if (random.next() < 0.15) return
      const at = time.now() + random.below(random.next() < 0.2 ? 300 : 20) * second
      due.push({ at, run: make() })
    },
    /** The names of the changed fields, which not each push has. */
    named: (changed: ReadonlyArray<string> | null): ReadonlyArray<string> | null =>
      random.next() < 0.2 ? null : changed,
    /** Those that are due by now. */
    arrive: (): void => {
      const now = time.now()
      const ready = due.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)
      due = due.filter(({ at }) => at > now)
      for (const { run } of ready) run()
    },
    arriveAll: (): void => {
      for (const { run } of due) run()
    }
  }
}

/** All that is on its way arrives, a sweep heals the rest, and so many rounds of polls follow. */
export const comeToRest = async (
  { receiver, time }: World,
  pushes: ReturnType<typeof pushesOnTheirWay>,
  rounds: number,
  poll: () => Promise<void>
): Promise<void> => {
  receiver.alive = true
  pushes.arriveAll()
  time.advance(2 * minute)
  receiver.sweep()
  for (let round = 0; round < rounds; round++) {
    time.advance(minute)
    await poll()
  }
}
