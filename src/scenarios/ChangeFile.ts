/**
 * A file of changes: NDJSON, one change a line, as the simulator's truth has them (docs/formats.md, "Changes"). Its
 * source may be a simulated account's truth, an audit log, or a database's own history.
 */
import { readFileSync } from "node:fs"
import { Either, ParseResult, Schema } from "effect"
import { parseExactJson } from "../domain/ExactJson.js"
import { iso } from "../domain/Figures.js"
import { textOf } from "../domain/Text.js"
import type { TrueChange } from "../replay/index.js"
import { writePrivately } from "../store/index.js"
import type { GivenChange } from "./CompletedTimeline.js"

const Moment = Schema.Union(Schema.Number, Schema.String.pipe(Schema.filter((text) => !Number.isNaN(Date.parse(text)))))
const Id = Schema.Union(Schema.String, Schema.Number)

const Line = Schema.Struct({
  at: Moment,
  updated_at: Schema.optional(Moment),
  account: Schema.optional(Schema.String),
  product: Schema.optional(Schema.String),
  entity: Schema.String,
  id: Id,
  action: Schema.Literal("create", "update", "delete"),
  fields: Schema.optional(Schema.Array(Schema.String)),
  parent: Schema.optional(Schema.NullOr(Schema.Struct({ entity: Schema.String, id: Id })))
})

const decode = Schema.decodeUnknownEither(Line)

const millis = (moment: number | string): number => (typeof moment === "number" ? moment : Date.parse(moment))

/** Where a change belongs that names its product only: that product's account, where there is one. */
export interface KnownAccount {
  readonly account: string
  readonly product: string
}

const accountFor = (
  line: { readonly account?: string | undefined; readonly product?: string | undefined },
  accounts: ReadonlyArray<KnownAccount>
): string | null => {
  if (line.account !== undefined) return line.account
  const candidates = line.product === undefined ? accounts : accounts.filter(({ product }) => product === line.product)
  return candidates.length === 1 ? candidates[0]!.account : null
}

/** The changes, or a sentence that names the line that is none. */
export const readChanges = (
  file: string,
  accounts: ReadonlyArray<KnownAccount>
): ReadonlyArray<GivenChange> | string => {
  let text: string
  try {
    text = textOf(readFileSync(file))
  } catch (error) {
    return `${file} cannot be read (${(error as NodeJS.ErrnoException).code}): name a file of changes, one JSON object a line (docs/formats.md)`
  }
  const changes: Array<GivenChange> = []
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue
    const where = `line ${index + 1} of ${file}`
    let value: unknown
    try {
      value = parseExactJson(line)
    } catch {
      return `${where} is not valid JSON: each line is one change (docs/formats.md)`
    }
    const read = decode(value)
    if (Either.isLeft(read)) {
      const [issue] = ParseResult.ArrayFormatter.formatErrorSync(read.left)
      return `${where} is no change: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""} (docs/formats.md)`.replace(
        /\s+/g,
        " "
      )
    }
    const { action, at, entity, fields, id, parent, updated_at: updatedAt } = read.right
    const account = accountFor(read.right, accounts)
    if (account === null) return `${where} names no account, and several were recorded: add "account"`
    changes.push({
      account,
      at: millis(at),
      updatedAt: millis(updatedAt ?? at),
      entity,
      id: String(id),
      action,
      fields: fields ?? null,
      parent: parent == null ? null : String(parent.id)
    })
  }
  return changes
}

/** Beside a recording that a simulator made: the truth about it. */
export const truthFileOf = (db: string): string => `${db.replace(/\.db$/, "")}.changes.ndjson`

export const writeTruth = (file: string, truth: ReadonlyArray<TrueChange>): void => {
  const lines = truth.map(({ account, action, at, entity, fields, id, parent, updatedAt }) =>
    JSON.stringify({
      at: iso(at),
      account,
      entity,
      id,
      action,
      updated_at: iso(updatedAt),
      fields,
      ...(parent === null ? {} : { parent })
    })
  )
  writePrivately(file, `${lines.join("\n")}\n`)
}
