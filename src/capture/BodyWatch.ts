/** Follows one response body: as long as it repeats one of the last of its request, nothing is copied. */
import type { KeptBody } from "./KnownRequests.js"

/** Larger bodies are not looked at: their items are unknown. */
const largestBytes = 16 * 1024 * 1024

export type WatchedBody =
  | { readonly kind: "same"; readonly body: KeptBody }
  | { readonly kind: "other"; readonly body: KeptBody }

export class BodyWatch {
  private received = 0
  /** The candidate that all bytes so far agree with; `null` once none does. */
  private like: KeptBody | null
  private other: KeptBody | null = null

  constructor(
    private readonly last: ReadonlyArray<KeptBody>,
    private readonly emptyBody: (expectedBytes: number) => KeptBody
  ) {
    this.like = last[0] ?? null
    for (const body of last) body.users += 1
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
      if (like.has(bytes, before)) return
      this.like = this.anotherLike(like, bytes, before)
      if (this.like !== null) return
      this.other = this.emptyBody(Math.max(this.received, like.length))
      this.other.append(like.buffer.subarray(0, before))
    }
    // The program may change or give away what it is handed, so the copy is ours.
    this.other ??= this.emptyBody(this.received)
    this.other.append(bytes)
  }

  /** The whole body once it has ended: one of the last again, or another; `null` when it was too large. */
  end(): WatchedBody | null {
    this.leave()
    if (this.received > largestBytes) return null
    const { like, other } = this
    if (other !== null) return { kind: "other", body: other }
    if (like !== null && this.received === like.length) return { kind: "same", body: like }
    const start = this.emptyBody(this.received)
    if (like !== null) start.append(like.buffer.subarray(0, this.received))
    return { kind: "other", body: start }
  }

  /** Nothing more is compared. */
  leave(): void {
    for (const body of this.last) body.users -= 1
  }

  private anotherLike(known: KeptBody, bytes: Uint8Array, before: number): KeptBody | null {
    for (const body of this.last) {
      if (body !== known && body.has(known.buffer.subarray(0, before), 0) && body.has(bytes, before)) return body
    }
    return null
  }
}
