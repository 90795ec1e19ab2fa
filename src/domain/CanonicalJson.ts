import { maxDepth } from "./JsonDepth.js"

/**
 * A single spelling for equal JSON values (keys sorted), so that a hash of it stands for the value. Values that differ
 * only beyond `maxDepth` levels are alike: a body made of brackets would use up the stack.
 */
export const canonicalJson = (value: unknown, level = 0): string => {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null"
  if (level > maxDepth) return '"…"'
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item, level + 1)).join(",")}]`
  const record = value as Record<string, unknown>
  const parts: Array<string> = []
  for (const key of Object.keys(record).sort()) {
    if (record[key] !== undefined) parts.push(`${JSON.stringify(key)}:${canonicalJson(record[key], level + 1)}`)
  }
  return `{${parts.join(",")}}`
}
