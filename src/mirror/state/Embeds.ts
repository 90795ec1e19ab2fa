/**
 * Parts that `include=` embeds in an entity: entities of their own, with some of their fields. Which fields is learned
 * from answers that went through.
 */
import { dropOldest } from "../../domain/Bounded.js"
import { canonicalJson } from "../../domain/CanonicalJson.js"
import { getOrMake } from "../../domain/Grouping.js"
import { isRecord } from "../../domain/Json.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { EmbedRule } from "../../providers/index.js"
import type { Reason } from "../Question.js"
import type { Bodies } from "./Bodies.js"
import { parsed, type Row } from "./Row.js"
import { type Fields, Shape } from "./Shape.js"
import type { State } from "./State.js"

interface Learned {
  readonly shape: Shape
  /** Texts of parts, by the row of their entity. */
  readonly texts: WeakMap<Row, { readonly version: number; readonly text: string }>
  /** The JSON that items without such a part show, "" for no such key; `null` while not known or where it differs. */
  absent: string | null
  absentDiffers: boolean
}

export class Embeds {
  private readonly learned = new Map<string, Learned>()
  /** When a part was found to differ, and from what, by its name and the id of its entity. */
  private readonly doubted = new Map<string, { readonly at: EpochMillis; readonly theirs: string }>()

  constructor(
    private readonly state: State,
    private readonly bodies: Bodies
  ) {}

  /** The item without the parts that are entities, which are learned. */
  takeOff(source: string, embeds: ReadonlyArray<EmbedRule>, item: Fields): Fields {
    if (embeds.length === 0) return item
    const { ...rest } = item as Record<string, unknown>
    for (const embed of embeds) {
      if (embed.own === true) continue
      const part = item[embed.name]
      delete rest[embed.name]
      const learned = this.learnedOf(source, embed)
      if (isRecord(part) && hasPart(item, embed)) learned.shape.learn(part)
      else if (!hasPart(item, embed)) learnAbsent(learned, part)
    }
    return rest
  }

  /** An item's text with the parts in it; or why that is not known. */
  putIn(source: string, embeds: ReadonlyArray<EmbedRule>, text: string, row: Row): string | EmbedReason {
    if (embeds.length === 0) return text
    const item = parsed(text)
    const parts: Array<string> = []
    for (const embed of embeds) {
      const part = embed.own === true ? this.ownPartOf(source, embed, row) : this.partOf(source, embed, item)
      if (typeof part !== "string") return part
      if (part !== "") parts.push(`${JSON.stringify(embed.name)}:${part}`)
    }
    return parts.length === 0 ? text : `${text.slice(0, -1)}${text === "{}" ? "" : ","}${parts.join(",")}}`
  }

  /** Up to which moment the parts show all changes. */
  asOf(source: string, embeds: ReadonlyArray<EmbedRule>, asOf: EpochMillis, now: EpochMillis): EpochMillis | Reason {
    let oldest = asOf
    for (const { entity } of embeds) {
      const one = this.state.asOf(source, entity, now)
      if (typeof one === "string") return one
      oldest = Math.min(oldest, one)
    }
    return oldest
  }

  /**
   * The verdict where parts differ from the provider's. Without a stamp, they may have changed just now, and their
   * entities are read again; a part that differs from the same after that is wrong.
   */
  compare(
    source: string,
    embeds: ReadonlyArray<EmbedRule>,
    mine: Fields,
    theirs: Fields,
    now: EpochMillis
  ): "equal" | "behind" | "content" {
    let found: "equal" | "behind" | "content" = "equal"
    for (const { entity, idField, name } of embeds) {
      const other = canonicalJson(theirs[name] ?? null)
      if (canonicalJson(mine[name] ?? null) === other) continue
      const id = String(theirs[idField])
      const type = this.state.of(source, entity)
      const row = type?.rows.get(id)
      const key = `${source} ${name} ${id}`
      const before = this.doubted.get(key)
      if (before?.theirs === other && (row?.own?.readAt ?? 0) > before.at) found = "content"
      else if (found === "equal") found = "behind"
      if (before?.theirs !== other) this.doubted.set(key, { at: now, theirs: other })
      type?.mark(id, { at: now, stamp: null })
      dropOldest(this.doubted, mostDoubted)
    }
    return found
  }

  private ownPartOf(source: string, embed: EmbedRule, row: Row): string | EmbedReason {
    return this.state.of(source, embed.entity)?.embeddedIn(row, embed.name) ?? because("incomplete", embed)
  }

  private partOf(source: string, embed: EmbedRule, item: Fields): string | EmbedReason {
    const learned = this.learnedOf(source, embed)
    if (!hasPart(item, embed)) return learned.absent ?? because("shape", embed)
    const type = this.state.of(source, embed.entity)
    const row = type?.rows.get(String(item[embed.idField]))
    if (type === null || row === undefined) return because("unknown", embed)
    if (row.hidden) return because("hidden", embed)
    if (!type.isWhole(row)) return because("incomplete", embed)
    const { version } = learned.shape
    const known = learned.texts.get(row)
    if (known?.version === version) return known.text
    const fields = this.bodies.fieldsOf(source, embed.entity, type, row)
    if (fields === null) return because("incomplete", embed)
    const text = learned.shape.project(fields)
    if (text === null) return because("shape", embed)
    learned.texts.set(row, { version, text })
    return text
  }

  private learnedOf(source: string, { entity, name }: EmbedRule): Learned {
    return getOrMake(this.learned, `${source} ${entity} ${name}`, () => ({
      shape: new Shape(),
      texts: new WeakMap(),
      absent: null,
      absentDiffers: false
    }))
  }
}

/** Why a part is not known, and of which entity type. */
export interface EmbedReason {
  readonly reason: Reason
  readonly entity: string
}

const mostDoubted = 1_000

const because = (reason: Reason, { entity }: EmbedRule): EmbedReason => ({ reason, entity })

const hasPart = (item: Fields, { idField }: EmbedRule): boolean => item[idField] != null

const learnAbsent = (learned: Learned, part: unknown): void => {
  const text = part === undefined ? "" : JSON.stringify(part)
  if (learned.absentDiffers || learned.absent === text) return
  learned.absentDiffers = learned.absent !== null
  learned.absent = learned.absentDiffers ? null : text
}
