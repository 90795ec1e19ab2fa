// The yardstick of the replay engine: the same scenario in a first, plain writing, an event loop with a
// binary heap of closures, objects for what is under way, maps for what is known.
import { createHeap } from "./heap.mjs"

const mulberry = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
}

export const naiveRun = (scenario) => {
  const draw = mulberry(scenario.seed)
  const exponential = (mean) => -Math.log(1 - draw()) * mean
  const heap = createHeap()
  let now = scenario.from
  let events = 0
  const schedule = (at, run) => heap.push({ at, run })

  const account = new Map()
  const recent = []
  const state = new Map()
  const known = new Set()
  const waiting = new Map()
  const lags = []
  const seen = new Map()
  const polledLags = []
  let sweptTo = scenario.from

  const arrived = (entity, stamp) => {
    events += 1
    const held = state.get(entity)
    if (held !== undefined && stamp < held.stamp) return
    state.set(entity, { stamp, at: now })
    const changes = waiting.get(entity)
    if (changes === undefined) return
    const left = []
    for (const change of changes) {
      if (change.stamp <= stamp) lags.push(now - change.at)
      else left.push(change)
    }
    waiting.set(entity, left)
  }
  const attempt = (push) => {
    events += 1
    const key = `${push.entity} ${push.stamp} ${push.version}`
    if (known.has(key)) return
    known.add(key)
    arrived(push.entity, push.stamp)
  }
  const change = () => {
    events += 1
    const entity = Math.floor(draw() * scenario.entities.count)
    const stamp = Math.floor(now / 1_000) * 1_000
    const before = account.get(entity)
    const version = (before?.version ?? 0) + 1
    account.set(entity, { stamp, version, at: now, readableAt: now + draw() * scenario.readLagMs })
    recent.push({ entity, stamp, at: now })
    const changes = waiting.get(entity)
    if (changes === undefined) waiting.set(entity, [{ stamp, at: now }])
    else changes.push({ stamp, at: now })
    if (draw() < scenario.changes.pushedShare && draw() >= scenario.faults.drop) {
      const due = now + Math.min(30_000, 700 + exponential(1_800))
      const push = { entity, stamp, version }
      schedule(due, () => attempt(push))
      if (draw() < scenario.faults.duplicate) schedule(due + 1_000 + draw() * 20_000, () => attempt({ ...push }))
    }
    const next = now + exponential(1_000 / scenario.changes.perSecond)
    if (next < scenario.to) schedule(next, change)
  }
  const changedSince = (since) => {
    const found = new Set()
    for (let at = recent.length - 1; at >= 0 && recent[at].stamp >= since; at--) found.add(recent[at].entity)
    return found
  }
  const poll = () => {
    events += 1
    for (const entity of changedSince(now - scenario.pollers[0].everyMs - scenario.pollers[0].overlapMs)) {
      const { at, readableAt, stamp } = account.get(entity)
      if (now < readableAt || seen.get(entity) === stamp) continue
      seen.set(entity, stamp)
      polledLags.push(now - at)
    }
    if (now < scenario.settledAt) schedule(now + scenario.pollers[0].everyMs, poll)
  }
  const reconcile = () => {
    events += 1
    const since = sweptTo - scenario.receiver.overlapMs
    for (const entity of changedSince(since)) {
      const { readableAt, stamp } = account.get(entity)
      if (now < readableAt) continue
      sweptTo = Math.max(sweptTo, stamp)
      if ((state.get(entity)?.stamp ?? 0) < stamp) arrived(entity, stamp)
    }
    if (now < scenario.settledAt) schedule(now + scenario.receiver.reconcileMs, reconcile)
  }

  schedule(scenario.from + 1, change)
  schedule(scenario.from, poll)
  schedule(scenario.from, reconcile)
  for (let due = heap.pop(); due !== undefined; due = heap.pop()) {
    now = due.at
    due.run()
  }
  const sorted = lags.sort((a, b) => a - b)
  return { events, median: sorted[sorted.length >> 1] }
}
