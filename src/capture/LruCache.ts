/** A map of bounded size that drops the entry that was unused for longest. */
export class LruCache<Key, Value> {
  private readonly entries = new Map<Key, Value>()
  constructor(private readonly size: number) {}
  get(key: Key): Value | undefined {
    const value = this.entries.get(key)
    if (value !== undefined) {
      this.entries.delete(key)
      this.entries.set(key, value)
    }
    return value
  }
  set(key: Key, value: Value): void {
    this.entries.delete(key)
    this.entries.set(key, value)
    if (this.entries.size > this.size) this.entries.delete(this.entries.keys().next().value as Key)
  }
  delete(key: Key): void {
    this.entries.delete(key)
  }
  clear(): void {
    this.entries.clear()
  }
}
