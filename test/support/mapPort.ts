/**
 * A place for entity states and events that is nothing but maps: what reconciliation can be run against without an
 * inbox.
 */
import type { CommitResult } from "../../src/domain/CommitResult.js"
import type { EntityState } from "../../src/domain/EntityState.js"
import type { PushedEvent } from "../../src/domain/Event.js"
import type { DeferredRead, ReconciliationPort, SweepNotes } from "../../src/reconciliation/ReconciliationPort.js"

export const mapPort = () => {
  const states = new Map<string, EntityState>()
  const cursors = new Map<string, number>()
  const unread = new Map<string, DeferredRead>()
  const events: Array<PushedEvent> = []
  const counted: Array<string> = []
  const listeners = new Set<() => void>()
  let backAt: number | null = null
  let outcome: CommitResult = "stored"
  let noteFailure: unknown = null
  const keyOf = (...parts: ReadonlyArray<string>): string => parts.join("\0")
  const cursor = (name: string) => (source: string, entity: string) => cursors.get(keyOf(name, source, entity)) ?? null
  const setCursor = (name: string) => (source: string, entity: string, at: number) =>
    void cursors.set(keyOf(name, source, entity), at)
  const known = (source: string, entity: string, id: string, state: Partial<EntityState>): void => {
    const before = {
      updatedAt: null,
      deleted: false,
      touchedAt: null,
      tells: {},
      occurredAt: null,
      shownBy: 2,
      snapshot: {}
    }
    states.set(keyOf(source, entity, id), { ...before, ...state })
  }
  const notes: SweepNotes = {
    mergeState: (source, entity, id, updatedAt, snapshot, _looked, occurredAt) =>
      known(source, entity, id, { updatedAt, snapshot, occurredAt }),
    fillState: (source, entity, id, updatedAt, snapshot, occurredAt) =>
      known(source, entity, id, { updatedAt, snapshot, occurredAt }),
    doubtState: () => undefined,
    setSweptTo: (source, entity, at) => {
      setCursor("swept")(source, entity, at)
      setCursor("sweeps")(source, entity, (cursor("sweeps")(source, entity) ?? 0) + 1)
      cursors.delete(keyOf("resume", source, entity))
    },
    setResumeFrom: setCursor("resume"),
    setComparedAt: setCursor("compared"),
    setBeganAt: setCursor("began"),
    setFilledAt: setCursor("filled"),
    setComplete: setCursor("complete"),
    setUnread: (_source, read) => void unread.set(keyOf(read.entity, read.entityId, read.children), read),
    clearUnread: (_source, read) => void unread.delete(keyOf(read.entity, read.entityId, read.children))
  }
  const port: ReconciliationPort = {
    state: (source, entity, id) => states.get(keyOf(source, entity, id)) ?? null,
    states: (source, entity) =>
      [...states].flatMap(([key, { deleted, updatedAt }]) => {
        const [of, type, entityId = ""] = key.split("\0")
        return of === source && type === entity ? [{ entityId, updatedAt, deleted }] : []
      }),
    newestKnown: (source, entity) =>
      [...states].reduce<number | null>(
        (newest, [key, { updatedAt }]) =>
          key.startsWith(keyOf(source, entity, "")) ? Math.max(newest ?? 0, updatedAt ?? 0) : newest,
        null
      ),
    sweptTo: cursor("swept"),
    resumeFrom: cursor("resume"),
    comparedAt: cursor("compared"),
    sweepsOf: (source, entity) => cursor("sweeps")(source, entity) ?? 0,
    beganAt: cursor("began"),
    filledAt: cursor("filled"),
    unread: () => [...unread.values()],
    backAt: () => backAt,
    onBack: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    put: async (source, event) => {
      if (outcome !== "stored") return outcome
      events.push(event)
      const { entity, entityId, occurredAt = null, snapshot, updatedAt } = event
      const deleted = event.event.endsWith("_delete")
      const before = states.get(keyOf(source, entity, entityId))
      known(source, entity, entityId, {
        updatedAt,
        occurredAt,
        deleted,
        snapshot: { ...before?.snapshot, ...snapshot }
      })
      return "stored"
    },
    note: async (name, ...args) => {
      if (noteFailure !== null) throw noteFailure
      ;(notes[name] as (...all: ReadonlyArray<unknown>) => void)(...args)
    },
    rowFailure: (error) => (error instanceof TypeError ? "it cannot be read" : null),
    counters: {
      called: (_, purpose) => void counted.push(`call ${purpose}`),
      passedBy: (_, entity, fate) => void counted.push(`passed by ${entity} ${fate}`),
      sweepFailed: (_, reason) => void counted.push(`failed ${reason}`),
      swept: () => void counted.push("swept")
    }
  }
  return {
    port,
    known,
    counted,
    unread,
    /** The receiver is back from an outage. */
    comesBack: (at: number) => {
      backAt = at
      for (const listener of listeners) listener()
    },
    /** Events since the last look. */
    taken: () => events.splice(0).map(({ entityId, event }) => `${event} ${entityId}`),
    putAnswers: (next: CommitResult) => {
      outcome = next
    },
    notesFail: (error: unknown) => {
      noteFailure = error
    }
  }
}
