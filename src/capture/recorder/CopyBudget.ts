/**
 * What the calls of one thread that are under way hold of bodies, together. Where it would be more than the bound, the largest copy
 * is let go of: its call is recorded without its body, and the many small ones beside it with theirs.
 */

/** Together, in one thread. */
const budgetBytes = 32 * 1024 * 1024

export interface CopyHolder {
  /** Called once the bytes count no more: nothing of the copy may stay. */
  readonly giveUp: () => void
}

export class CopyBudget {
  private readonly sizes = new Map<CopyHolder, number>()
  private held = 0

  /** Whether a holder may have so many bytes in all. */
  take(holder: CopyHolder, bytes: number): boolean {
    const before = this.sizes.get(holder) ?? 0
    if (bytes <= before) return true
    while (this.held - before + bytes > budgetBytes) {
      const largest = this.largestBut(holder)
      if (largest === null || this.sizes.get(largest)! < bytes) return false
      this.give(largest)
      largest.giveUp()
    }
    this.sizes.set(holder, bytes)
    this.held += bytes - before
    return true
  }

  /** Nothing is held any more. */
  give(holder: CopyHolder): void {
    this.held -= this.sizes.get(holder) ?? 0
    this.sizes.delete(holder)
  }

  private largestBut(holder: CopyHolder): CopyHolder | null {
    let largest: CopyHolder | null = null
    for (const [one, size] of this.sizes)
      if (one !== holder && (largest === null || size > this.sizes.get(largest)!)) largest = one
    return largest
  }
}
