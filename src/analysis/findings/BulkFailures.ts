/** Rule on bulk requests: records that failed within a 200, and are not sent again. */
import { actorOf } from "../../domain/Call.js"
import { groupBy } from "../../domain/Grouping.js"
import { endOf, type StreamRecording } from "../../domain/Recording.js"
import type { PlacedCall } from "../detection/DetectedPoller.js"
import { isWrite } from "../detection/ReadOrWrite.js"
import { evidenceOf, type Rule, type RuleFinding, rowsOf, times } from "./Rule.js"

/** A later request counts as a retry of a record within this time. */
const resentWithinMs = 3_600_000

const bulkPart = /\/bulk(?:_|\/|$)/

interface Answer {
  readonly call: PlacedCall
  /** End of the first call that showed it: a job's answer is read repeatedly. */
  readonly toldAt: number
  readonly failed: number
  /** Hashes of the failed records; fewer where some have no id. */
  readonly failedHashes: ReadonlyArray<string>
  readonly hashes: ReadonlyArray<string>
}

const startOf = ({ recording, row }: PlacedCall): number => recording.calls.startedAt[row]!

const hashesOf = ({ recording, row }: PlacedCall): ReadonlyArray<string> => recording.records.get(row) ?? []

/** The last answer of each job, oldest first. */
const answersOf = (streams: ReadonlyArray<StreamRecording>): ReadonlyArray<Answer> => {
  const byJob = new Map<string, Answer>()
  for (const recording of streams)
    for (const call of rowsOf(recording)) {
      const failed = recording.calls.failedRecords[call.row]!
      if (failed < 0) continue
      const subject = recording.calls.subject[call.row]!
      const job = `${recording.stream.id} ${subject < 0 ? `row ${call.row}` : subject}`
      const hashes = hashesOf(call)
      byJob.set(job, {
        call,
        toldAt: byJob.get(job)?.toldAt ?? endOf(recording.calls, call.row),
        failed,
        failedHashes: hashes.slice(0, failed),
        hashes
      })
    }
  return [...byJob.values()].sort((a, b) => a.toldAt - b.toldAt)
}

/** A program's bulk requests, and its single writes to the same collections. */
const writesOf = (streams: ReadonlyArray<StreamRecording>) => {
  const writing = streams.filter(({ stream }) => isWrite(stream))
  const bulk = writing.filter(({ stream }) => bulkPart.test(stream.template))
  const collections = [...new Set(bulk.map(({ stream }) => stream.template.split(bulkPart)[0]!))]
  const single = writing.filter(
    ({ stream }) =>
      !bulkPart.test(stream.template) && collections.some((path) => stream.template.startsWith(`${path}/{`))
  )
  const callsOf = (some: ReadonlyArray<StreamRecording>) => some.flatMap((one) => [...rowsOf(one)])
  return { bulk: callsOf(bulk), single: callsOf(single) }
}

/**
 * Failed records of an answer that no later request sent again. A later bulk request whose records are unknown may
 * have held them: then none is counted.
 */
const notSentAgain = (
  { failed, failedHashes, toldAt }: Answer,
  answers: ReadonlyArray<Answer>,
  { bulk, single }: ReturnType<typeof writesOf>
): number => {
  const after = (at: number) => at >= toldAt && at - toldAt < resentWithinMs
  const later = bulk.filter((call) => after(startOf(call)))
  const told = answers.filter((answer) => answer.toldAt > toldAt && answer.hashes.length > 0)
  const unknown = later.filter((call) => hashesOf(call).length === 0).length - told.length
  if (later.length > 0 && (unknown > 0 || failedHashes.length < failed)) return 0
  const sent = new Set([
    ...told.filter((answer) => after(answer.toldAt)).flatMap(({ hashes }) => hashes),
    ...[...later, ...single.filter((call) => after(startOf(call)))].flatMap(hashesOf)
  ])
  return failed - failedHashes.filter((hash) => sent.has(hash)).length
}

export const bulkFailuresIgnored: Rule = {
  id: "bulk-failures-ignored",
  severity: "error",
  title: "Takes a bulk answer's 200 for success",
  find: ({ recording }) =>
    [...groupBy(recording.streams, ({ stream }) => actorOf(stream)).values()].flatMap(
      (streams): ReadonlyArray<RuleFinding> => {
        const answers = answersOf(streams)
        if (answers.every(({ failed }) => failed === 0)) return []
        const writes = writesOf(streams)
        const ignored = answers
          .map((answer) => ({ call: answer.call, records: notSentAgain(answer, answers, writes) }))
          .filter(({ records }) => records > 0)
        if (ignored.length === 0) return []
        const records = ignored.reduce((sum, one) => sum + one.records, 0)
        const { account, integration } = streams[0]!.stream
        return [
          {
            pollerId: null,
            about: [account, integration],
            message: `${integration} was told ${times(ignored.length)} that a bulk request had left records unchanged on ${account}, and never sent ${records.toLocaleString("en-US")} of them again: the answer was a 200, and so it took it for success`,
            consequence: { calls: records, seconds: null },
            fix: "read the status of each record in the answer, and send those that failed again, alone",
            evidence: evidenceOf(ignored.map(({ call }) => call))
          }
        ]
      }
    )
}
