/** Which entities' answers are kept in memory, the oldest first, within a number of characters. */
import type { OwnRead } from "./Row.js"

export class KeptReads {
  private readonly sizes = new Map<string, number>()
  /** Of answers that pushes have brought up to date. */
  private readonly carried = new Set<string>()
  private readonly embedding = new Set<string>()
  private characters = 0

  constructor(private readonly most: number) {}

  /** Ids whose answers give way to it. */
  keep(id: string, { carried, embedded, item, list }: OwnRead): ReadonlyArray<string> {
    this.forget(id)
    const size = embedded.reduce((sum, { text }) => sum + text.length, (item?.length ?? 0) + (list?.length ?? 0))
    this.sizes.set(id, size)
    this.characters += size
    if (carried) this.carried.add(id)
    if (embedded.length > 0) this.embedding.add(id)
    const forgotten: Array<string> = []
    for (const oldest of this.sizes.keys()) {
      if (this.characters <= this.most) break
      this.forget(oldest)
      forgotten.push(oldest)
    }
    return forgotten
  }

  forget(id: string): void {
    this.characters -= this.sizes.get(id) ?? 0
    this.sizes.delete(id)
    this.carried.delete(id)
    this.embedding.delete(id)
  }

  carriedIds(): ReadonlyArray<string> {
    return [...this.carried]
  }

  embeddingIds(): ReadonlyArray<string> {
    return [...this.embedding]
  }
}
