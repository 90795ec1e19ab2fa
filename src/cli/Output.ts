/** What commands print: for people on a terminal, or JSON; progress only where somebody watches. */
import * as Effect from "effect/Effect"

export const printJson = (value: unknown): Effect.Effect<void> => print(JSON.stringify(value, null, 2))

export const print = (text: string): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    process.stdout.write(`${text}\n`, () => resume(Effect.void))
  })

export const note = (text: string): Effect.Effect<void> => Effect.sync(() => void process.stderr.write(`${text}\n`))

const width = 24

/** One line on stderr that is written over; nothing where stderr is no terminal. */
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
      const line = `${label.padEnd(38)} ${"█".repeat(filled)}${"░".repeat(width - filled)} ${String(Math.round(share * 100)).padStart(3)} %`
      if (line === last) return
      last = line
      process.stderr.write(`\r${line}`)
    },
    done: () => {
      if (tty && last !== "") process.stderr.write(`\r${" ".repeat(last.length)}\r`)
    }
  }
}

/** Columns padded to their widest cell; numbers to the right. */
export const columns = (
  header: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  right: ReadonlySet<number> = new Set()
): string => {
  const widths = header.map((title, index) =>
    rows.reduce((most, row) => Math.max(most, row[index]!.length), title.length)
  )
  const line = (row: ReadonlyArray<string>) =>
    row
      .map((cell, index) => (right.has(index) ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!)))
      .join("  ")
      .trimEnd()
  return [line(header), line(widths.map((size) => "─".repeat(size))), ...rows.map(line)].join("\n")
}
