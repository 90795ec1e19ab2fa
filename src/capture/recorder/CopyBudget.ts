/**
 * Bounds the bytes of bodies that the calls of one thread hold while they are under way. Where a copy would exceed
 * the bound, the largest copy is discarded: its call is recorded without its body, and many small calls keep theirs.
 */

/** For all calls of one thread together. */
const budgetBytes = 32 * 1024 * 1024

export interface CopyHolder {
  /** Called when the holder's bytes no longer count: it has to drop its copy. */
  readonly discard: () => void
}

export class CopyBudget {
  private readonly sizes = new Map<CopyHolder, number>()
  private held = 0

  /** Whether a holder may have this many bytes in all. */
  claim(holder: CopyHolder, bytes: number): boolean {
    const before = this.sizes.get(holder) ?? 0
    if (bytes <= before) return true
    while (this.held - before + bytes > budgetBytes) {
      const largest = this.largestExcept(holder)
      if (largest === null || this.sizes.get(largest)! < bytes) return false
      this.release(largest)
      largest.discard()
    }
    this.sizes.set(holder, bytes)
    this.held += bytes - before
    return true
  }

  /** The holder holds nothing any more. */
  release(holder: CopyHolder): void {
    this.held -= this.sizes.get(holder) ?? 0
    this.sizes.delete(holder)
  }

  private largestExcept(holder: CopyHolder): CopyHolder | null {
    let largest: CopyHolder | null = null
    for (const [other, size] of this.sizes)
      if (other !== holder && (largest === null || size > this.sizes.get(largest)!)) largest = other
    return largest
  }
}
