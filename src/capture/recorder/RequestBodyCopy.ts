/** A copy of the body that a call sends, for recordings that keep bodies. */
import type { CopyBudget, CopyHolder } from "./CopyBudget.js"

/** A larger request body is not kept. */
const largestBytes = 1024 * 1024

export class RequestBodyCopy implements CopyHolder {
  private parts: Array<Buffer> | null = []
  private length = 0

  constructor(private readonly copies: CopyBudget) {}

  add(bytes: Uint8Array): void {
    if (this.parts === null) return
    this.length += bytes.byteLength
    if (this.length > largestBytes || !this.copies.claim(this, this.length)) this.discard()
    else this.parts.push(Buffer.from(bytes))
  }

  /** `null` when the call sent no body, or one that is too large. */
  content(): Buffer | null {
    return this.parts === null || this.length === 0 ? null : Buffer.concat(this.parts)
  }

  discard(): void {
    this.parts = null
    this.copies.release(this)
  }
}
