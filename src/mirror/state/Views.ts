/** Which views of a list show all entities, by the provider's own lists of views. */
import { isRecord } from "../../domain/Json.js"
import type { ListRule } from "../../providers/index.js"

export class Views {
  private readonly all = new Map<string, string | null>()

  /** Whether a list of views has been seen. */
  knows(source: string, entity: string): boolean {
    return this.all.has(`${source} ${entity}`)
  }

  learn(source: string, { entity, views }: ListRule, filters: unknown): void {
    if (views === null || !Array.isArray(filters)) return
    const found = filters.filter(
      (one) =>
        isRecord(one) && one["is_default"] === true && typeof one["name"] === "string" && views.all.test(one["name"])
    ) as ReadonlyArray<Readonly<Record<string, unknown>>>
    // Of several of that name none is surely the default one.
    this.all.set(`${source} ${entity}`, found.length === 1 ? String(found[0]!["id"]) : null)
  }

  isAll(source: string, entity: string, view: string): boolean {
    return this.all.get(`${source} ${entity}`) === view
  }
}
