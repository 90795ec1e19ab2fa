/** A response body that later ones are compared with, in a buffer that is reused once no call compares with it. */
export class CachedBody {
  id = -1
  length = 0
  /** Calls under way that compare with this body. */
  users = 0
  /** Evicted from the cache, but still in use by calls under way. */
  retired = false
  constructor(
    private readonly expectedBytes: number,
    public buffer: Buffer = Buffer.alloc(0)
  ) {}

  /** The buffer's size once these bytes are appended. */
  sizeWith(bytes: Uint8Array): number {
    const length = this.length + bytes.byteLength
    const { byteLength } = this.buffer
    return length <= byteLength
      ? byteLength
      : Math.ceil(Math.max(length, byteLength === 0 ? this.expectedBytes : 0) * 1.5)
  }

  append(bytes: Uint8Array): void {
    const size = this.sizeWith(bytes)
    if (size > this.buffer.byteLength) {
      const larger = Buffer.allocUnsafeSlow(size)
      larger.set(this.buffer.subarray(0, this.length))
      this.buffer = larger
    }
    this.buffer.set(bytes, this.length)
    this.length += bytes.byteLength
  }

  content(): Buffer {
    return this.buffer.subarray(0, this.length)
  }

  /** Whether the body has these bytes at this offset. */
  has(bytes: Uint8Array, at: number): boolean {
    const end = at + bytes.byteLength
    return end <= this.length && this.buffer.compare(bytes, 0, bytes.byteLength, at, end) === 0
  }
}
