/** The rows of a proof for people: on the terminal, and as the table of docs/accuracy.md. */
import type { Kind, Row, Stated } from "./Verdict.js"

export const printed = (row: Row): string => {
  const head = `seed ${row.seed}  ${row.product}  ${row.calls} calls, ${row.pushes} pushes, ${row.lost} lost  [${row.programs}]`
  const lines = [
    ...row.off.map(({ kind, why }) => `  ${kind}: ${why}`),
    ...row.stated.filter(({ holds }) => !holds).map(({ kind, why }) => `  outside its interval, ${kind}: ${why}`)
  ]
  return [head, ...(lines.length === 0 ? ["  nothing was off"] : lines)].join("\n")
}

const questions: ReadonlyArray<readonly [string, ReadonlyArray<Kind>]> = [
  ["recorded calls equal the stand-in's count, call by call", ["calls", "exit"]],
  ["every program is told as one poller, with its sweeps", ["poller"]],
  ["lag's median within its interval", ["lag"]],
  ["no false difference and no false miss in the replay, by the model and on the wire", ["model", "wire"]],
  ["`shadow` tells the true loss (0 and 2 % of the deliveries vanish)", ["shadow"]],
  ["forecast within 1 percentage point of the replay", ["forecast"]],
  ["each change reaches the receiver, by a push or by reconciliation", ["held"]]
]

const intervals: ReadonlyArray<readonly [string, Stated["kind"]]> = [
  ["coverage within its interval, of all pollers", "coverage"],
  ["change rate within its interval, of all pollers", "rate"]
]

/** The table of docs/accuracy.md, with the accounts that were told wrongly. */
export const summary = (rows: ReadonlyArray<Row>): string => {
  const lines: Array<string> = ["| held against the truth | right in | wrong in seeds |", "| :-- | --: | :-- |"]
  const line = (question: string, right: number, of: number, seeds: ReadonlyArray<number>) =>
    lines.push(`| ${question} | ${right} of ${of} | ${[...new Set(seeds)].join(", ")} |`)
  for (const [question, kinds] of questions) {
    const wrong = rows.filter(({ off }) => off.some(({ kind }) => kinds.includes(kind))).map(({ seed }) => seed)
    line(question, rows.length - wrong.length, rows.length, wrong)
  }
  for (const [question, kind] of intervals) {
    const stated = rows.flatMap((row) =>
      row.stated.flatMap((one) => (one.kind === kind ? [{ ...one, seed: row.seed }] : []))
    )
    const missed = stated.filter(({ holds }) => !holds).map(({ seed }) => seed)
    line(question, stated.length - missed.length, stated.length, missed)
  }
  return lines.join("\n")
}
