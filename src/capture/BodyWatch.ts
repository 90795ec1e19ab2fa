/** Follows one response body: as long as it repeats the last one of its request, nothing is copied. */
import type { LastBody } from "./LastBodies.js"

export interface BodyWatch {
  readonly chunk: (bytes: Uint8Array) => void
  /** The whole body once it has ended: the last one again, or other bytes; `null` when it was too large. */
  readonly end: () => { readonly same: boolean; readonly bytes: Buffer } | null
}

/** Larger bodies are not looked at: their items are unknown. */
const largestBytes = 16 * 1024 * 1024

export const watchBytes = (last: LastBody | undefined): BodyWatch => {
  let matched = 0
  let received = 0
  let other: Array<Buffer> | null = null
  let tooLarge = false
  return {
    chunk: (bytes) => {
      received += bytes.byteLength
      if (tooLarge) return
      if (received > largestBytes) {
        tooLarge = true
        other = null
        return
      }
      if (other === null) {
        if (
          last !== undefined &&
          received <= last.bytes.byteLength &&
          last.bytes.compare(bytes, 0, bytes.byteLength, matched, received) === 0
        ) {
          matched = received
          return
        }
        other = matched > 0 ? [last!.bytes.subarray(0, matched)] : []
      }
      // The program may change or give away what it is handed, so the copy is ours.
      other.push(Buffer.from(bytes))
    },
    end: () => {
      if (tooLarge) return null
      if (other !== null) return { same: false, bytes: other.length === 1 ? other[0]! : Buffer.concat(other) }
      if (last !== undefined && matched === last.bytes.byteLength) return { same: true, bytes: last.bytes }
      return { same: false, bytes: last === undefined ? Buffer.alloc(0) : Buffer.from(last.bytes.subarray(0, matched)) }
    }
  }
}
