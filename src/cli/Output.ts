/** Printing: text and tables for people on a terminal, JSON for programs, progress on a terminal only. */
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

const width = 24

/** A progress line on stderr that is overwritten in place; silent where stderr is not a terminal. */
export const progressLine = (): {
  readonly show: (label: string, share: number) => void
  readonly done: () => void
} => {
  const tty = process.stderr.isTTY === true
  let last = ""
  return {
    show: (label, share) => {
      if (!tty) return
      const filled = Math.round(share * width)
      const line = `${visible(label).padEnd(38)} ${"█".repeat(filled)}${"░".repeat(width - filled)} ${String(Math.round(share * 100)).padStart(3)} %`
      if (line === last) return
      last = line
      process.stderr.write(`\r${line}`)
    },
    done: () => {
      if (tty && last !== "") process.stderr.write(`\r${" ".repeat(last.length)}\r`)
    }
  }
}

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
  /** Shortened where the terminal is too narrow for all columns. */
  readonly shrinks?: boolean
}

export interface Cell {
  readonly text: string
  readonly colour?: Colour
}

const gap = 2
/** Least width of a shortened column: enough to tell programs apart. */
const leastWidth = 8

/** Column widths that fit the terminal: the widest column that may shrink shrinks first. */
const fitted = (
  columns: ReadonlyArray<Column>,
  natural: ReadonlyArray<number>,
  most: number
): ReadonlyArray<number> => {
  const widths = [...natural]
  const total = () => widths.reduce((sum, size) => sum + size, gap * (widths.length - 1))
  for (;;) {
    const widest = columns.reduce(
      (best, { shrinks }, at) =>
        shrinks === true && widths[at]! > leastWidth && (best < 0 || widths[at]! > widths[best]!) ? at : best,
      -1
    )
    if (widest < 0 || total() <= most) return widths
    widths[widest]! -= 1
  }
}

/** Shortens in the middle: the ends of paths and names tell them apart. */
const cut = (text: string, size: number): string => {
  if (text.length <= size) return text
  const tail = Math.floor((size - 1) / 2)
  return `${text.slice(0, size - 1 - tail)}…${text.slice(text.length - tail)}`
}

/**
 * Columns padded to their widest cell, at most as wide as the terminal; coloured where the terminal has colours
 * (`NO_COLOR`).
 */
export const table = (
  columns: ReadonlyArray<Column>,
  cells: ReadonlyArray<ReadonlyArray<Cell>>,
  out: { readonly isTTY?: boolean; readonly columns?: number; readonly hasColors?: () => boolean } = process.stdout
): string => {
  const rows = cells.map((row) => row.map((cell) => ({ ...cell, text: visible(cell.text) })))
  const natural = columns.map(({ title }, at) => Math.max(title.length, ...rows.map((row) => row[at]!.text.length)))
  const tty = out.isTTY === true
  const widths = tty && out.columns !== undefined ? fitted(columns, natural, out.columns) : natural
  const coloured = hasColours(out)
  const line = (cells: ReadonlyArray<Cell>) =>
    cells
      .map(({ colour, text }, at) => {
        const short = cut(text, widths[at]!)
        const padded = columns[at]!.right === true ? short.padStart(widths[at]!) : short.padEnd(widths[at]!)
        return coloured && colour !== undefined ? styleText(colour, padded, { validateStream: false }) : padded
      })
      .join(" ".repeat(gap))
      .trimEnd()
  return [
    line(columns.map(({ title }) => ({ text: title, colour: "bold" }))),
    line(widths.map((size) => ({ text: "─".repeat(size), colour: "dim" }))),
    ...rows.map(line)
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
