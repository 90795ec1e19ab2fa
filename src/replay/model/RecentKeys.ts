/**
 * The duplicate keys of deliveries, remembered for a span: a table of numbers with open addressing, and a queue of
 * those to be forgotten next. Its room goes with the keys of the span. Some 30 ns a key.
 */

export interface RecentKeys {
  /** Whether the key was there already; from now on it is. */
  readonly seen: (entity: number, key: number, at: number) => boolean
  /** The same, and nothing changes. */
  readonly has: (entity: number, key: number) => boolean
}

export const makeRecentKeys = (rememberMs: number): RecentKeys => {
  let capacity = 1_024
  let entities = new Int32Array(capacity).fill(-1)
  let keys = new Float64Array(capacity)
  let size = 0
  // The oldest key is forgotten first.
  let queueSize = 1_024
  let queueEntities = new Int32Array(queueSize)
  let queueKeys = new Float64Array(queueSize)
  let queueAt = new Float64Array(queueSize)
  let head = 0
  let waiting = 0

  const placeOf = (entity: number, key: number): number => {
    const low = (key * 1_000) % 4_294_967_296
    let hash = Math.imul(entity ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(low | 0, 0xc2b2ae35)
    hash ^= hash >>> 15
    return (Math.imul(hash, 0x27d4eb2f) >>> 0) & (capacity - 1)
  }
  const find = (entity: number, key: number): number => {
    let place = placeOf(entity, key)
    while (entities[place] !== -1 && (entities[place] !== entity || keys[place] !== key))
      place = (place + 1) & (capacity - 1)
    return place
  }
  const grow = (): void => {
    const [oldEntities, oldKeys] = [entities, keys]
    capacity *= 2
    entities = new Int32Array(capacity).fill(-1)
    keys = new Float64Array(capacity)
    for (let at = 0; at < oldEntities.length; at++) {
      if (oldEntities[at] === -1) continue
      const place = find(oldEntities[at]!, oldKeys[at]!)
      entities[place] = oldEntities[at]!
      keys[place] = oldKeys[at]!
    }
  }
  const growQueue = (): void => {
    const next = queueSize * 2
    const turned = <A extends Int32Array | Float64Array>(into: A, from: A): A => {
      into.set(from.subarray(head))
      into.set(from.subarray(0, head), queueSize - head)
      return into
    }
    queueEntities = turned(new Int32Array(next), queueEntities)
    queueKeys = turned(new Float64Array(next), queueKeys)
    queueAt = turned(new Float64Array(next), queueAt)
    head = 0
    queueSize = next
  }
  /** Takes one out, and moves back what had to give way to it. */
  const forget = (entity: number, key: number): void => {
    let hole = find(entity, key)
    if (entities[hole] === -1) return
    size -= 1
    for (let place = (hole + 1) & (capacity - 1); entities[place] !== -1; place = (place + 1) & (capacity - 1)) {
      const home = placeOf(entities[place]!, keys[place]!)
      if (((place - home) & (capacity - 1)) < ((place - hole) & (capacity - 1))) continue
      entities[hole] = entities[place]!
      keys[hole] = keys[place]!
      hole = place
    }
    entities[hole] = -1
  }

  return {
    has: (entity, key) => entities[find(entity, key)] !== -1,
    seen: (entity, key, at) => {
      while (waiting > 0 && queueAt[head]! < at - rememberMs) {
        forget(queueEntities[head]!, queueKeys[head]!)
        head = (head + 1) % queueSize
        waiting -= 1
      }
      const place = find(entity, key)
      if (entities[place] !== -1) return true
      entities[place] = entity
      keys[place] = key
      size += 1
      if (size * 2 > capacity) grow()
      if (waiting === queueSize) growQueue()
      const end = (head + waiting) % queueSize
      queueEntities[end] = entity
      queueKeys[end] = key
      queueAt[end] = at
      waiting += 1
      return false
    }
  }
}
