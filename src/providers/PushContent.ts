/**
 * How much of an entity is known once a push has told of it: by the catalogue, what the receiver reads in each body.
 * Pure.
 */
import type { Change, Push } from "./Coverage.js"
import { type Provider, sendsThinEvents } from "./Provider.js"

/**
 * `whole`: the entity was fetched for it. `same`: it names what has changed and carries all of that, so what was known
 * whole stays so. `part`: a part is missing. `gone`: it is deleted.
 */
export type Left = "whole" | "same" | "part" | "gone"

export const leftBy = (
  provider: Provider,
  push: Extract<Push, { readonly kind: "pushed" }>,
  { action, changed, entity }: Change
): Left => {
  if (action === "delete") return "gone"
  if (push.by.some(({ route }) => sendsThinEvents(provider, route))) return "whole"
  // Nothing was known of a new one, and a dependant's push does not show its parent.
  if (action === "create" || push.onDependant === true || changed === null) return "part"
  // Apps name what has changed, as the platform tells them; deliveries that a product makes by itself do not.
  if (provider.appEvents[push.event] === undefined) return "part"
  const lacks = provider.entities[entity]?.notPushed
  return changed.every((field) => lacks?.has(field.split(".")[0]!) !== true) ? "same" : "part"
}
