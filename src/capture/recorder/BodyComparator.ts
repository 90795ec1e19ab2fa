/**
 * Compares one response body, chunk by chunk, with the last bodies of its request. A body that repeats one is never
 * copied.
 */
import type { CachedBody } from "./CachedBody.js"
import type { CopyHolder } from "./CopyBudget.js"
import type { RequestCache } from "./RequestCache.js"

/** A larger body is not followed: its items are unknown. */
const largestBytes = 16 * 1024 * 1024

export type ComparedBody =
  | { readonly kind: "repeated"; readonly body: CachedBody }
  | { readonly kind: "new"; readonly body: CachedBody }

export class BodyComparator implements CopyHolder {
  private received = 0
  /** A candidate that agrees with all bytes so far; `null` when none does. */
  private match: CachedBody | null
  private copied: CachedBody | null = null
  private discarded = false

  constructor(
    private readonly candidates: ReadonlyArray<CachedBody>,
    private readonly requests: RequestCache
  ) {
    this.match = candidates[0] ?? null
    for (const body of candidates) body.users += 1
  }

  chunk(bytes: Uint8Array): void {
    if (this.discarded) return
    const before = this.received
    this.received += bytes.byteLength
    if (this.received > largestBytes) return this.discard()
    const { match } = this
    if (match !== null) {
      if (match.has(bytes, before)) return
      this.match = this.otherMatch(match, bytes, before)
      if (this.match !== null) return
      this.copy(match.buffer.subarray(0, before), Math.max(this.received, match.length))
    }
    // The program may change or transfer the bytes that it is given, so they are copied.
    this.copy(bytes, this.received)
  }

  /** The whole body once it has ended; `null` when it was too large or its copy was discarded. */
  end(): ComparedBody | null {
    const { match } = this
    const repeated = this.copied === null && match !== null && this.received === match.length
    if (!repeated && !this.discarded && this.copied === null)
      this.copy(match === null ? new Uint8Array() : match.buffer.subarray(0, this.received), this.received)
    this.stop()
    if (this.discarded) return null
    return repeated ? { kind: "repeated", body: match } : { kind: "new", body: this.copied! }
  }

  /** Ends the comparison and releases all that it holds. */
  stop(): void {
    this.requests.release(this.candidates)
    this.requests.copies.release(this)
  }

  discard(): void {
    this.discarded = true
    this.match = null
    this.copied = null
    this.requests.copies.release(this)
  }

  private copy(bytes: Uint8Array, expectedBytes: number): void {
    if (this.discarded) return
    this.copied ??= this.requests.emptyBody(expectedBytes)
    if (this.requests.copies.claim(this, this.copied.sizeWith(bytes))) this.copied.append(bytes)
    else this.discard()
  }

  private otherMatch(former: CachedBody, bytes: Uint8Array, before: number): CachedBody | null {
    for (const body of this.candidates) {
      if (body !== former && body.has(former.buffer.subarray(0, before), 0) && body.has(bytes, before)) return body
    }
    return null
  }
}
