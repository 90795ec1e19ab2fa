/** The part of a file that a reader still needs, in one buffer: chunks are added behind it, and its front is let go. */

const firstBytes = 4 * 1024 * 1024

export class HeldBytes {
  /** Filled up to `length`. */
  bytes = Buffer.alloc(firstBytes)
  length = 0
  /** The offset in the file at which `bytes` begin. */
  from = 0

  /** Adds a chunk. Bytes before the offset `keepFrom` go first; slices that were taken hold no longer. */
  append(chunk: Buffer, keepFrom: number): void {
    const done = Math.min(keepFrom - this.from, this.length)
    if (done > 0) {
      this.bytes.copy(this.bytes, 0, done, this.length)
      this.length -= done
      this.from += done
    }
    if (this.length + chunk.length > this.bytes.length) {
      const larger = Buffer.alloc(Math.max(this.bytes.length * 2, this.length + chunk.length))
      this.bytes.copy(larger, 0, 0, this.length)
      this.bytes = larger
    }
    chunk.copy(this.bytes, this.length)
    this.length += chunk.length
  }
}
