/** The rows of a proof for people: on the terminal, and as the table of docs/accuracy.md. */
import type { Row } from "./Verdict.js"

export const printed = (row: Row): string => {
  const head = `seed ${row.seed}  ${row.product}  ${row.calls} calls, ${row.pushes} pushes, ${row.lost} lost  [${row.programs}]`
  const lines = [
    ...row.off.map(({ kind, why }) => `  ${kind}: ${why}`),
    ...row.stated.filter(({ holds }) => !holds).map(({ kind, why }) => `  outside its interval, ${kind}: ${why}`)
  ]
  return [head, ...(lines.length === 0 ? ["  nothing was off"] : lines)].join("\n")
}
