/**
 * Chooses the holder that gives way when a bound is reached: the oldest of the address that holds most. A sender that
 * holds little is never a victim while another address holds more, and the newest holder of an address is its last
 * one. Pure.
 */
interface Group<Holder> {
  weight: number
  /** Oldest first. */
  readonly holders: Set<Holder>
}

export class Shares<Holder> {
  readonly #groups = new Map<string, Group<Holder>>()
  size = 0

  join(address: string, holder: Holder, weight = 0): void {
    const group = this.#groups.get(address)
    if (group === undefined) this.#groups.set(address, { weight, holders: new Set([holder]) })
    else {
      group.weight += weight
      group.holders.add(holder)
    }
    this.size += 1
  }

  grow(address: string, by: number): void {
    this.#groups.get(address)!.weight += by
  }

  /** `weight` is all that the holder has come to hold; a holder that is not there is no error. */
  leave(address: string, holder: Holder, weight = 0): void {
    const group = this.#groups.get(address)
    if (group?.holders.delete(holder) !== true) return
    this.size -= 1
    group.weight -= weight
    if (group.holders.size === 0) this.#groups.delete(address)
  }

  /** The one to give way; `spared` only has just come. */
  first(spared?: Holder): Holder | undefined {
    let most = -1
    let from: Group<Holder> | undefined
    for (const group of this.#groups.values()) {
      if (group.weight <= most) continue
      if (spared !== undefined && group.holders.size === 1 && group.holders.has(spared)) continue
      most = group.weight
      from = group
    }
    if (from === undefined) return undefined
    for (const holder of from.holders) if (holder !== spared) return holder
    return undefined
  }

  *[Symbol.iterator](): Iterator<Holder> {
    for (const { holders } of this.#groups.values()) yield* holders
  }
}
