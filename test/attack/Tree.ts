/** JSON as it is written, not as it is parsed: a key may stand twice, a number may be longer than any double. */

export type Tree =
  | { readonly object: ReadonlyArray<readonly [key: string, value: Tree]> }
  | { readonly array: ReadonlyArray<Tree> }
  /** A literal, as it stands. Keys of objects are literals as well, with their quotes. */
  | { readonly text: string }

export const treeOf = (value: unknown): Tree => {
  if (Array.isArray(value)) return { array: value.map(treeOf) }
  if (typeof value === "object" && value !== null)
    return { object: Object.entries(value).map(([key, inner]) => [JSON.stringify(key), treeOf(inner)]) }
  return { text: JSON.stringify(value) ?? "null" }
}

export const written = (tree: Tree): string =>
  "text" in tree
    ? tree.text
    : "array" in tree
      ? `[${tree.array.map(written).join(",")}]`
      : `{${tree.object.map(([key, value]) => `${key}:${written(value)}`).join(",")}}`

/** How many nodes it has, itself included. */
export const sizeOf = (tree: Tree): number =>
  "text" in tree
    ? 1
    : ("array" in tree ? tree.array : tree.object.map(([, value]) => value)).reduce(
        (sum, inner) => sum + sizeOf(inner),
        1
      )

/** The tree with its node number `at`, in the order of writing, replaced. */
export const replaced = (tree: Tree, at: number, by: (node: Tree) => Tree): Tree => {
  if (at === 0) return by(tree)
  if ("text" in tree) return tree
  let before = 1
  const inner = (child: Tree): Tree => {
    const size = sizeOf(child)
    const from = before
    before += size
    return at >= from && at < from + size ? replaced(child, at - from, by) : child
  }
  return "array" in tree
    ? { array: tree.array.map(inner) }
    : { object: tree.object.map(([key, value]) => [key, inner(value)] as const) }
}
