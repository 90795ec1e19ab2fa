/** Imports hookshift's own NDJSON. A call that is known by its id and stream, or by an earlier import, is not added. */
import { type CallLineWriter, makeCallLineWriter } from "./CallLineWriter.js"
import { linesOf } from "./FileReading.js"
import { type ImportResult, ImportTally } from "./ImportCounts.js"
import { noteBrokenArchive } from "./importCalls.js"
import { type CallLine, parseCallLine, problemOfHead } from "./Ndjson.js"
import { openedOnce, type Target } from "./Target.js"

/** Calls in one transaction. */
const batchCalls = 500

export const importNdjson = async (
  target: Target,
  file: string,
  onProgress: (bytes: number) => void = () => undefined
): Promise<ImportResult> => {
  const tally = new ImportTally()
  const database = openedOnce(target)
  let writer: CallLineWriter | undefined
  let batch: Array<CallLine> = []
  const flush = (): void => {
    if (batch.length === 0) return
    writer ??= makeCallLineWriter(database(), file)
    const added = writer.write(batch)
    tally.wasAdded(added)
    tally.wasKnown(batch.length - added)
    batch = []
  }
  let bytes = 0
  try {
    for await (const { number, text } of linesOf(file)) {
      bytes += (text?.length ?? 0) + 1
      if (number === 1) {
        const problem = text === null ? "its first line is not a line of hookshift's" : problemOfHead(text)
        if (problem !== null) {
          tally.wasDamaged(null, problem)
          return tally.result()
        }
        continue
      }
      if (text === "") continue
      const parsed = text === null ? { problem: "is longer than 64 MiB" } : parseCallLine(text)
      if ("problem" in parsed) tally.wasDamaged(`line ${number}`, parsed.problem)
      else {
        tally.wasRead()
        batch.push(parsed.call)
        if (batch.length >= batchCalls) flush()
      }
      if (number % 1_000 === 0) onProgress(bytes)
    }
  } catch (error) {
    noteBrokenArchive(tally, error)
  }
  flush()
  writer?.end()
  return tally.result()
}
