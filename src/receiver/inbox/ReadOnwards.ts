/**
 * Reads rows in the order of their numbers. Where a scan meets a damaged page, rows are read singly, by the numbers in
 * the index, or by counting where the index is damaged too. All readable rows are read, and the others are reported.
 */
import { isDamage } from "../../store/index.js"

export interface Reading<Row extends { readonly id: number }> {
  readonly rows: ReadonlyArray<Row>
  /** All rows up to this number have been looked at. */
  readonly upTo: number
  readonly more: boolean
  /** The index is damaged. */
  readonly counted: boolean
}

export interface RowsInOrder<Row extends { readonly id: number }> {
  readonly scan: (after: number, limit: number) => ReadonlyArray<Row>
  /** The rows' numbers, from the index alone. */
  readonly ids: (after: number, limit: number) => ReadonlyArray<number>
  readonly one: (id: number) => Row | undefined
  readonly highest: () => number
  readonly passedBy: ReadonlySet<number>
  /** The row's page is damaged. */
  readonly onDamaged: (id: number, error: unknown) => void
}

/** Rows looked at singly in one go: some 5 ms. */
const atOnce = 500

/** Reads by the scan alone; throws where it meets a damaged page. */
export const scanOnwards = <Row extends { readonly id: number }>(
  from: Pick<RowsInOrder<Row>, "scan">,
  after: number,
  limit: number
): Reading<Row> => {
  const rows = from.scan(after, limit)
  return { rows, upTo: rows.at(-1)?.id ?? after, more: rows.length >= limit, counted: false }
}

export const readOnwards = <Row extends { readonly id: number }>(
  from: RowsInOrder<Row>,
  after: number,
  limit: number
): Reading<Row> => {
  try {
    return scanOnwards(from, after, limit)
  } catch (error) {
    if (!isDamage(error)) throw error
  }
  const { counted, ids } = numbersBehind(from, after)
  const rows: Array<Row> = []
  let upTo = after
  for (const id of ids) {
    if (rows.length >= limit) return { rows, upTo, more: true, counted }
    upTo = id
    if (from.passedBy.has(id)) continue
    try {
      const row = from.one(id)
      if (row !== undefined) rows.push(row)
    } catch (error) {
      if (!isDamage(error)) throw error
      from.onDamaged(id, error)
    }
  }
  return { rows, upTo, more: ids.length >= atOnce, counted }
}

/** In a damaged file a look at many rows may be impossible, while other work goes on. */
export const unlessDamaged = <A>(look: () => A, otherwise: A): A => {
  try {
    return look()
  } catch (error) {
    if (!isDamage(error)) throw error
    return otherwise
  }
}

const numbersBehind = (
  from: Pick<RowsInOrder<never>, "ids" | "highest">,
  after: number
): { readonly ids: ReadonlyArray<number>; readonly counted: boolean } => {
  try {
    return { ids: from.ids(after, atOnce), counted: false }
  } catch (error) {
    if (!isDamage(error)) throw error
    const count = Math.max(0, Math.min(atOnce, from.highest() - after))
    return { ids: Array.from({ length: count }, (_, index) => after + 1 + index), counted: true }
  }
}
