/** Follows one response body: as long as it repeats one of the last of its request, nothing is copied. */
import type { LastBody } from "./LastBodies.js"

/** Larger bodies are not looked at: their items are unknown. */
const largestBytes = 16 * 1024 * 1024

export class BodyWatch {
  private received = 0
  /** The candidate that all bytes so far agree with; `null` once none does. */
  private like: LastBody | null
  private other: Array<Buffer> | null = null

  constructor(private readonly last: ReadonlyArray<LastBody>) {
    this.like = last[0] ?? null
  }

  chunk(bytes: Uint8Array): void {
    const before = this.received
    this.received += bytes.byteLength
    if (this.received > largestBytes) {
      this.like = null
      this.other = null
      return
    }
    const { like } = this
    if (like !== null) {
      if (continues(like, bytes, before)) return
      this.like = this.anotherLike(like, bytes, before)
      if (this.like !== null) return
      this.other = before === 0 ? [] : [like.bytes.subarray(0, before)]
    }
    // The program may change or give away what it is handed, so the copy is ours.
    this.other ??= []
    this.other.push(Buffer.from(bytes))
  }

  /** The whole body once it has ended: one of the last again, or other bytes; `null` when it was too large. */
  end(): LastBody | Buffer | null {
    if (this.received > largestBytes) return null
    const { like, other } = this
    if (other !== null) return other.length === 1 ? other[0]! : Buffer.concat(other)
    if (like === null) return Buffer.alloc(0)
    return this.received === like.bytes.byteLength ? like : Buffer.from(like.bytes.subarray(0, this.received))
  }

  private anotherLike(known: LastBody, bytes: Uint8Array, before: number): LastBody | null {
    for (const body of this.last) {
      if (body === known || body.bytes.byteLength < before) continue
      if (body.bytes.compare(known.bytes, 0, before, 0, before) === 0 && continues(body, bytes, before)) return body
    }
    return null
  }
}

const continues = (body: LastBody, bytes: Uint8Array, at: number): boolean =>
  at + bytes.byteLength <= body.bytes.byteLength &&
  body.bytes.compare(bytes, 0, bytes.byteLength, at, at + bytes.byteLength) === 0
