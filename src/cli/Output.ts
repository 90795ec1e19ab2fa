/** Printing: text and tables for people on a terminal, JSON for programs. */
import { styleText } from "node:util"
import * as Effect from "effect/Effect"
import { terminalText, visible, visibleJson } from "../domain/PlainText.js"

export const printJson = (value: unknown): Effect.Effect<void> => write(visibleJson(value, 2))

/** Control characters in recorded text are made visible: a terminal never acts on them. */
export const print = (text: string): Effect.Effect<void> => write(terminalText(text))

const write = (text: string): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    process.stdout.write(`${text}\n`, () => resume(Effect.void))
  })

export const note = (text: string): Effect.Effect<void> =>
  Effect.sync(() => void process.stderr.write(`${terminalText(text)}\n`))

/** On a terminal that has colours, unless `NO_COLOR` says otherwise; anywhere with `FORCE_COLOR`. */
export const hasColours = (out: { readonly isTTY?: boolean; readonly hasColors?: () => boolean }): boolean => {
  const forced = process.env["FORCE_COLOR"]
  if (forced !== undefined) return !["0", "false"].includes(forced)
  if ((process.env["NO_COLOR"] ?? "") !== "") return false
  return out.isTTY === true && out.hasColors?.() === true
}

export type Colour = "green" | "cyan" | "yellow" | "red" | "dim" | "bold"

export interface Column {
  readonly title: string
  /** Aligned to the right: numbers. */
  readonly right?: boolean
  /** Goes on in further lines where the terminal is too narrow for all columns. */
  readonly shrinks?: boolean
  /** Left out where the terminal is too narrow for it; the rightmost goes first. */
  readonly minor?: boolean
}

export interface Cell {
  readonly text: string
  readonly colour?: Colour
}

const gap = 2
/** Width that a column keeps as long as minor columns can make room: enough to read a path in few lines. */
const readableWidth = 24
/** Least width of a column that shrinks. */
const leastWidth = 8

const totalOf = (widths: ReadonlyArray<number>): number =>
  widths.reduce((sum, size) => sum + size, gap * (widths.length - 1))

/** Column widths that fit into `most`: the widest column that may shrink shrinks first, down to `least`. */
const fitted = (
  columns: ReadonlyArray<Column>,
  natural: ReadonlyArray<number>,
  most: number,
  least: number
): ReadonlyArray<number> => {
  const widths = [...natural]
  for (;;) {
    const widest = columns.reduce(
      (best, { shrinks, title }, at) =>
        shrinks === true && widths[at]! > Math.max(least, title.length) && (best < 0 || widths[at]! > widths[best]!)
          ? at
          : best,
      -1
    )
    if (widest < 0 || totalOf(widths) <= most) return widths
    widths[widest]! -= 1
  }
}

/** The columns that are shown, by their place, with their widths. */
const laidOut = (
  columns: ReadonlyArray<Column>,
  natural: ReadonlyArray<number>,
  most: number
): ReadonlyArray<readonly [at: number, width: number]> => {
  const shown = columns.map((_, at) => at)
  for (;;) {
    const mine = shown.map((at) => columns[at]!)
    const sizes = shown.map((at) => natural[at]!)
    const readable = fitted(mine, sizes, most, readableWidth)
    const dropped = shown.findLastIndex((at) => columns[at]!.minor === true)
    if (totalOf(readable) <= most || dropped < 0) {
      const widths = fitted(mine, sizes, most, leastWidth)
      return shown.map((at, place) => [at, widths[place]!])
    }
    shown.splice(dropped, 1)
  }
}

/** In lines of at most `size`: behind a space, a slash or a hyphen where there is one, else anywhere. */
const brokenInto = (text: string, size: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (let rest = text; rest !== ""; ) {
    const piece = rest.slice(0, size)
    const end = rest.length <= size ? piece.length : Math.max(piece.lastIndexOf(" "), breakIn(piece)) + 1 || size
    lines.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end).trimStart()
  }
  return lines.length === 0 ? [""] : lines
}

/** Most lines of a cell: a name that is longer is no name. */
const mostLines = 4

/** Without its middle, where there are too many. */
const shortened = (lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length <= mostLines ? lines : [...lines.slice(0, mostLines - 2), "…", lines.at(-1)!]

/** A slash begins the next line, so that each line shows that it belongs to a path. */
const breakIn = (piece: string): number => Math.max(piece.lastIndexOf("/") - 1, piece.lastIndexOf("-"))

/**
 * Columns padded to their widest cell, at most as wide as the terminal; coloured where the terminal has colours
 * (`NO_COLOR`, `FORCE_COLOR`).
 */
export const table = (
  columns: ReadonlyArray<Column>,
  cells: ReadonlyArray<ReadonlyArray<Cell>>,
  out: { readonly isTTY?: boolean; readonly columns?: number; readonly hasColors?: () => boolean } = process.stdout
): string => {
  const rows = cells.map((row) => row.map((cell) => ({ ...cell, text: visible(cell.text) })))
  const natural = columns.map(({ title }, at) => Math.max(title.length, ...rows.map((row) => row[at]!.text.length)))
  const most = out.isTTY === true && out.columns !== undefined ? out.columns : Number.POSITIVE_INFINITY
  const layout = laidOut(columns, natural, most)
  const coloured = hasColours(out)
  const padded = (at: number, text: string, width: number): string =>
    columns[at]!.right === true ? text.padStart(width) : text.padEnd(width)
  const lines = (row: ReadonlyArray<Cell>): ReadonlyArray<string> => {
    const broken = layout.map(([at, width]) => shortened(brokenInto(row[at]!.text, width)))
    const height = Math.max(...broken.map((one) => one.length))
    return Array.from({ length: height }, (_, line) =>
      layout
        .map(([at, width], place) => {
          const text = padded(at, broken[place]![line] ?? "", width)
          const { colour } = row[at]!
          return coloured && colour !== undefined ? styleText(colour, text, { validateStream: false }) : text
        })
        .join(" ".repeat(gap))
        .trimEnd()
    )
  }
  const rule = layout.map(([, width]) => "─".repeat(width)).join(" ".repeat(gap))
  return [
    ...lines(columns.map(({ title }) => ({ text: title, colour: "bold" }))),
    coloured ? styleText("dim", rule, { validateStream: false }) : rule,
    ...rows.flatMap(lines)
  ].join("\n")
}

/** A table of plain cells, none of which is shortened. */
export const columns = (
  header: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  right: ReadonlySet<number> = new Set()
): string =>
  table(
    header.map((title, at) => ({ title, right: right.has(at) })),
    rows.map((row) => row.map((text) => ({ text })))
  )

/** Replaces the screen on a terminal; appends elsewhere. */
export const redraw = (text: string): Effect.Effect<void> =>
  write(process.stdout.isTTY === true ? `\u001b[H\u001b[J${terminalText(text)}` : `${terminalText(text)}\n`)

/** JSON on one line, for programs that read a stream. */
export const printJsonLine = (value: unknown): Effect.Effect<void> => write(visibleJson(value))
