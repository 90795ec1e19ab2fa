/** Follows one response body: as long as it repeats one of the last of its request, nothing is copied. */
import type { CopyHolder } from "./CopyBudget.js"
import type { CachedBody, RequestCache } from "./RequestCache.js"

/** Larger bodies are not looked at: their items are unknown. */
const largestBytes = 16 * 1024 * 1024

export type ComparedBody =
  | { readonly kind: "same"; readonly body: CachedBody }
  | { readonly kind: "other"; readonly body: CachedBody }

export class BodyComparator implements CopyHolder {
  private received = 0
  /** The candidate that all bytes so far agree with; `null` once none does. */
  private like: CachedBody | null
  private other: CachedBody | null = null
  private givenUp = false

  constructor(
    private readonly last: ReadonlyArray<CachedBody>,
    private readonly requests: RequestCache
  ) {
    this.like = last[0] ?? null
    for (const body of last) body.users += 1
  }

  chunk(bytes: Uint8Array): void {
    if (this.givenUp) return
    const before = this.received
    this.received += bytes.byteLength
    if (this.received > largestBytes) return this.giveUp()
    const { like } = this
    if (like !== null) {
      if (like.has(bytes, before)) return
      this.like = this.anotherLike(like, bytes, before)
      if (this.like !== null) return
      this.copy(like.buffer.subarray(0, before), Math.max(this.received, like.length))
    }
    // The program may change or give away what it is handed, so the copy is ours.
    this.copy(bytes, this.received)
  }

  /** The whole body once it has ended: one of the last again, or another; `null` when it was too large. */
  end(): ComparedBody | null {
    const { like } = this
    const same = this.other === null && like !== null && this.received === like.length
    if (!same && !this.givenUp && this.other === null)
      this.copy(like === null ? new Uint8Array() : like.buffer.subarray(0, this.received), this.received)
    this.leave()
    if (this.givenUp) return null
    return same ? { kind: "same", body: like } : { kind: "other", body: this.other! }
  }

  /** Nothing more is compared. */
  leave(): void {
    this.requests.release(this.last)
    this.requests.copies.give(this)
  }

  giveUp(): void {
    this.givenUp = true
    this.like = null
    this.other = null
    this.requests.copies.give(this)
  }

  private copy(bytes: Uint8Array, expectedBytes: number): void {
    if (this.givenUp) return
    this.other ??= this.requests.emptyBody(expectedBytes)
    if (this.requests.copies.take(this, this.other.sizeWith(bytes))) this.other.append(bytes)
    else this.giveUp()
  }

  private anotherLike(known: CachedBody, bytes: Uint8Array, before: number): CachedBody | null {
    for (const body of this.last) {
      if (body !== known && body.has(known.buffer.subarray(0, before), 0) && body.has(bytes, before)) return body
    }
    return null
  }
}
