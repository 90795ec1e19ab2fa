/** What a call sent, for recordings that keep bodies. */
import type { CopyHolder } from "./CopyBudget.js"
import type { RequestCache } from "./RequestCache.js"

/** Larger ones are not kept. */
const largestBytes = 1024 * 1024

export class RequestBodyCopy implements CopyHolder {
  private parts: Array<Buffer> | null = []
  private length = 0

  constructor(private readonly requests: RequestCache) {}

  add(bytes: Uint8Array): void {
    if (this.parts === null) return
    this.length += bytes.byteLength
    if (this.length > largestBytes || !this.requests.copies.take(this, this.length)) this.giveUp()
    else this.parts.push(Buffer.from(bytes))
  }

  /** `null` where nothing was sent, or too much. */
  content(): Buffer | null {
    return this.parts === null || this.length === 0 ? null : Buffer.concat(this.parts)
  }

  giveUp(): void {
    this.parts = null
    this.requests.copies.give(this)
  }
}
