/** Files as chunks and lines, gunzipped where compressed. Memory does not grow with the file. */
import { closeSync, createReadStream, openSync, readSync } from "node:fs"
import { createGunzip } from "node:zlib"
import { markedCharset } from "../domain/Text.js"

const chunkBytes = 1024 * 1024

/** As UTF-8: PowerShell redirects output into UTF-16. Errors of `fs` and zlib come as they are. */
export const chunksOf = async function* (file: string): AsyncGenerator<Buffer> {
  let decoder: InstanceType<typeof TextDecoder> | null | undefined
  for await (const chunk of bytesOf(file)) {
    if (decoder === undefined) {
      const charset = markedCharset(chunk)
      decoder = charset?.startsWith("utf-16") === true ? new TextDecoder(charset) : null
    }
    yield decoder === null ? chunk : Buffer.from(decoder.decode(chunk, { stream: true }))
  }
}

const bytesOf = async function* (file: string): AsyncGenerator<Buffer> {
  const stream = createReadStream(file, { highWaterMark: chunkBytes })
  if (!isGzip(file)) {
    yield* stream as AsyncIterable<Buffer>
    return
  }
  const unpacked = createGunzip({ chunkSize: chunkBytes })
  stream.on("error", (error) => unpacked.destroy(error))
  yield* stream.pipe(unpacked) as AsyncIterable<Buffer>
}

const isGzip = (file: string): boolean => {
  const handle = openSync(file, "r")
  try {
    const magic = Buffer.alloc(2)
    return readSync(handle, magic, 0, 2, 0) === 2 && magic[0] === 0x1f && magic[1] === 0x8b
  } finally {
    closeSync(handle)
  }
}

export interface Line {
  /** From 1. */
  readonly number: number
  readonly text: string
}

/** Longer lines come as `null`, so that a message can name them. */
const longestLine = 64 * 1024 * 1024

export const linesOf = async function* (file: string): AsyncGenerator<Line | { number: number; text: null }> {
  let held: Array<Buffer> = []
  let heldBytes = 0
  let number = 0
  const take = (): Line | { number: number; text: null } => {
    number += 1
    const line =
      heldBytes > longestLine
        ? { number, text: null }
        : { number, text: withoutMark(Buffer.concat(held).toString("utf8"), number) }
    held = []
    heldBytes = 0
    return line
  }
  const hold = (part: Buffer): void => {
    heldBytes += part.length
    if (heldBytes > longestLine) held = []
    else held.push(part)
  }
  for await (const chunk of chunksOf(file)) {
    let from = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      hold(chunk.subarray(from, end))
      from = end + 1
      yield take()
    }
    if (from < chunk.length) hold(chunk.subarray(from))
  }
  if (heldBytes > 0) yield take()
}

/** Some programs begin a file with a byte order mark. */
const withoutMark = (text: string, number: number): string =>
  (number === 1 ? text.replace(/^\uFEFF/, "") : text).replace(/\r$/, "")
