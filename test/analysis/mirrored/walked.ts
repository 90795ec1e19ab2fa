/** Recorded requests walked as a mirror would be asked, over pushes and sweeps that a test names. */
import type { ToldChange } from "../../../src/analysis/mirrored/KnownTypes.js"
import { walkRequests } from "../../../src/analysis/mirrored/MirrorWalk.js"
import type { Call } from "../../../src/domain/Call.js"
import type { Recording } from "../../../src/domain/Recording.js"
import { mirrorRule } from "../../../src/mirror/service.js"
import { freshdesk } from "../../../src/providers/index.js"
import { type makeRecording, start } from "../../support/recording.js"

export const hour = 3_600
export const at = (seconds: number): number => start + seconds * 1_000

/** Pushes of changes of tickets by their ids; without more, of a part of one that is known by its stamp. */
const told = (recording: Recording, changes: ReadonlyArray<Partial<ToldChange> & { id: string; seconds: number }>) =>
  changes.map(
    ({ id, seconds, ...more }): ToldChange => ({
      entity: "ticket",
      entityId: recording.names.indexOf(id),
      stamp: at(seconds),
      at: at(seconds) + 2_000,
      left: "part",
      movesState: false,
      keepsDependants: true,
      ...more
    })
  )

export const walked = (
  recording: Recording,
  changes: Parameters<typeof told>[1] = [],
  {
    recheck = 100 * hour,
    swept = [0],
    entity = "ticket",
    besides = []
  }: { recheck?: number; swept?: ReadonlyArray<number>; entity?: string; besides?: ReadonlyArray<string> } = {}
) => {
  const reasons: Array<[integration: string, seconds: number, reason: string]> = []
  const lacked = new Set<string>()
  let hits = 0
  const reads = walkRequests(
    {
      recording,
      provider: freshdesk,
      rule: mirrorRule(recheck * 1_000, new Set()),
      told: told(recording, changes),
      sweeps: [entity, ...besides].map((one) => ({ entity: one, at: swept.map(at), longestMs: 4 * hour * 1_000 }))
    },
    ({ calls, stream }, row, reason, lacking) => {
      for (const one of lacking) lacked.add(one)
      if (reason === null) hits += 1
      else reasons.push([stream.integration, (calls.startedAt[row]! - start) / 1_000, reason])
    }
  )
  return { hits, reads, reasons, lacked: [...lacked] }
}

/** Polls of tickets that changed, with ten items each, by one program. */
export const polls = (
  recording: ReturnType<typeof makeRecording>,
  integration: string,
  seconds: ReadonlyArray<number>,
  fields: Partial<Call> = {}
): number => {
  const stream = recording.stream({
    template: "/api/v2/tickets",
    query: "per_page=100&updated_since=*",
    integration,
    principal: `key of ${integration}`
  })
  for (const second of seconds) recording.call(stream, second, { since: at(second - 60), items: 10, ...fields })
  return stream
}

/** Ids that changes are of have to be in the recording's names. */
export const known = (recording: ReturnType<typeof makeRecording>, stream: number, ids: ReadonlyArray<string>) => {
  const call = recording.call(stream, 0, { since: at(-60), items: 0 })
  for (const id of ids) recording.version(stream, call, id, -1_000, null)
}

export const every = (seconds: number, to: number): ReadonlyArray<number> =>
  Array.from({ length: Math.floor(to / seconds) }, (_, n) => (n + 1) * seconds)
