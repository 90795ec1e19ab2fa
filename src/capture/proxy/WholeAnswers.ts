/** Answers that are sent in one piece: those of an intermediary, and the upstream's that one wants to see first. */
import type { IncomingMessage } from "node:http"
import type { ProxyResponse } from "./ClientSide.js"
import type { Look, WholeAnswer } from "./Intermediary.js"
import { writeHead } from "./ResponseHead.js"

/** Node accepts a reason phrase with control characters when reading, and rejects it when writing. */
export const reasonPhrase = ({ statusMessage }: IncomingMessage): string =>
  (statusMessage ?? "").replace(/[^\t\x20-\x7e\x80-\xff]/g, "")

/** Whether an intermediary can make anything of the answer. What a refusal says of the caller is in its status. */
export const isSeen = ({ headers, statusCode }: IncomingMessage): boolean =>
  [204, 401, 403, 404].includes(statusCode ?? 0) || /\bjson\b/i.test(headers["content-type"] ?? "")

/** Headers as a flat list, as Node writes them. */
export const flat = (headers: WholeAnswer["headers"]): ReadonlyArray<string> =>
  Object.entries(headers).flatMap(([name, value]) =>
    typeof value === "string" ? [name, value] : value.flatMap((one) => [name, one])
  )

/** A flat list by name, in lower case. */
const byName = (list: ReadonlyArray<string>): WholeAnswer["headers"] => {
  const headers: Record<string, string | ReadonlyArray<string>> = {}
  for (let at = 0; at + 1 < list.length; at += 2) {
    const name = list[at]!.toLowerCase()
    const before = headers[name]
    headers[name] = before === undefined ? list[at + 1]! : [before, list[at + 1]!].flat()
  }
  return headers
}

const without = (list: ReadonlyArray<string>, name: string): ReadonlyArray<string> =>
  list.filter((_, at) => list[at - (at % 2)]!.toLowerCase() !== name)

export interface WholeSending {
  readonly answer: IncomingMessage
  readonly response: ProxyResponse
  readonly look: Look
  /** For the client, in a flat list. */
  readonly headers: ReadonlyArray<string>
  readonly added: ReadonlyArray<string>
  /** An answer to HEAD, or of a status without a body. */
  readonly bodyless: boolean
  readonly onChunk: (chunk: Buffer) => void
  /** The upstream's answer is complete. */
  readonly onEnd: () => void
  readonly onError: (error: Error) => void
}

/** Collects the answer and shows it before the client has it. One that turns out too long is sent on as it is. */
export const sendOnceSeen = (sending: WholeSending): void => {
  const { answer, look, response } = sending
  const status = answer.statusCode ?? 502
  const reason = reasonPhrase(answer)
  const chunks: Array<Buffer> = []
  let bytes = 0
  const head = (code: number, headers: ReadonlyArray<string>): void =>
    writeHead(response, code, code === status ? reason : "", [...headers, ...sending.added])
  const tooLong = (): void => {
    look.unseen()
    head(status, sending.headers)
    for (const chunk of chunks) response.write(chunk)
    answer.off("data", collect)
    answer.off("end", whole)
    answer.on("data", (chunk: Buffer) => {
      sending.onChunk(chunk)
      if (!response.write(chunk)) answer.pause()
    })
    response.on("drain", () => answer.resume())
    answer.on("end", () => {
      sending.onEnd()
      response.end()
    })
  }
  const collect = (chunk: Buffer): void => {
    sending.onChunk(chunk)
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > look.mostBytes) tooLong()
  }
  const whole = (): void => {
    sending.onEnd()
    const body = Buffer.concat(chunks)
    const plain = without(without(sending.headers, "content-length"), "transfer-encoding")
    const send = (other: WholeAnswer | null): void => {
      if (response.destroyed) return
      const length = ["Content-Length", String((other?.body ?? body).length)]
      if (other !== null) head(other.status, [...flat(other.headers), ...length])
      else head(status, sending.bodyless ? sending.headers : [...plain, ...length])
      response.end(other?.body ?? body)
    }
    look.see({ status, headers: byName(plain), body }).then(send, () => send(null))
  }
  answer.on("data", collect)
  answer.on("end", whole)
  answer.on("error", (error) => {
    look.unseen()
    sending.onError(error)
  })
}
