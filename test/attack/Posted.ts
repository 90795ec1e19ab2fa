/**
 * A delivery as an attacker who holds the secret makes it, how it is signed and sent, and the answers that the table
 * has for it.
 */
import { createHmac, generateKeyPairSync, sign } from "node:crypto"
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib"
import type { ReceiverSource } from "../../src/receiver/intake/Sources.js"
import type { Dice } from "./Dice.js"
import { damagedBytes, mutated } from "./Mutation.js"
import { type Tree, treeOf, written } from "./Tree.js"

/** All of it is JSON, so that a report can hold it; `body` is base64. */
export interface Posted {
  readonly source: SourceName
  readonly body: string
  /** How the body is packed, and how the header says that it is. */
  readonly packed: ReadonlyArray<Coding>
  readonly encoding: string | null
  readonly contentType: string | null
  /** Over the bytes as sent, over those before packing, with another secret, or not at all. */
  readonly signs: "sent" | "plain" | "wrong" | "none"
  readonly headers: Readonly<Record<string, string>>
  /** The entity's id of a delivery that nothing is wrong with: it has to be handed over. */
  readonly innocent: string | null
}

type Coding = "gzip" | "deflate" | "br" | "raw"

const secret = "attack-secret"
const keys = generateKeyPairSync("rsa", { modulusLength: 2048 })
const plainKey = String(keys.publicKey.export({ type: "spki", format: "pem" }))
export const maxBodyBytes = 64 * 1024

export const sources = {
  fd: { profile: "freshworks", secrets: [secret], serviceAccount: "7" },
  fs: { profile: "freshworks", product: "freshservice", encoding: "base64", secrets: ["former", secret] },
  sales: { profile: "token", product: "freshsales", secrets: [secret] },
  chat: { profile: "freshchat", product: "freshchat", secrets: [plainKey] },
  svix: { profile: "standard-webhooks", secrets: [`whsec_${Buffer.from(secret).toString("base64")}`] },
  gh: { profile: "github", product: "github", secrets: [secret] },
  pay: { profile: "stripe", secrets: [secret] },
  shop: { profile: "shopify", secrets: [secret] }
} as const satisfies Record<string, ReceiverSource>

type SourceName = keyof typeof sources
const names = Object.keys(sources) as ReadonlyArray<SourceName>

const hmac = (parts: ReadonlyArray<string | Buffer>, encoding: "hex" | "base64", key: string): string => {
  const made = createHmac("sha256", key)
  for (const part of parts) made.update(part)
  return made.digest(encoding)
}

/** The headers that prove a body, as each sender's documentation has them. */
const proofOf = (source: SourceName, body: Buffer, id: string, key: string): Record<string, string> => {
  const now = String(Math.floor(Date.now() / 1_000))
  switch (source) {
    case "fd":
      return { "x-freshworks-signature": hmac([body], "hex", key) }
    case "fs":
      return { "x-freshworks-signature": hmac([body], "base64", key) }
    case "sales":
      return { "x-hookshift-token": key }
    case "chat":
      return {
        "x-freshchat-signature": key === secret ? sign("sha256", body, keys.privateKey).toString("base64") : "AA=="
      }
    case "svix":
      return {
        "webhook-id": id,
        "webhook-timestamp": now,
        "webhook-signature": `v1,${hmac([`${id}.${now}.`, body], "base64", key)}`
      }
    case "gh":
      return {
        "x-github-event": "issues",
        "x-github-delivery": id,
        "x-hub-signature-256": `sha256=${hmac([body], "hex", key)}`
      }
    case "pay":
      return { "stripe-signature": `t=${now},v1=${hmac([`${now}.`, body], "hex", key)}` }
    case "shop":
      return { "x-shopify-hmac-sha256": hmac([body], "base64", key) }
  }
}

const pack = (body: Buffer, coding: Coding): Buffer => {
  switch (coding) {
    case "gzip":
      return gzipSync(body, { level: 1 })
    case "deflate":
      return deflateSync(body)
    case "raw":
      return deflateRawSync(body)
    case "br":
      return brotliCompressSync(body, { params: { 0: 0, 1: 1 } })
  }
}

export const sentOf = (
  posted: Posted,
  number: number
): { readonly body: Buffer; readonly headers: Record<string, string> } => {
  const plain = Buffer.from(posted.body, "base64")
  const body = posted.packed.reduce(pack, plain)
  const key = posted.signs === "wrong" ? "another" : secret
  return {
    body,
    headers: {
      ...(posted.signs === "none"
        ? {}
        : proofOf(posted.source, posted.signs === "plain" ? plain : body, `d-${number}`, key)),
      ...(posted.encoding === null ? {} : { "content-encoding": posted.encoding }),
      ...(posted.contentType === null ? {} : { "content-type": posted.contentType }),
      ...posted.headers
    }
  }
}

const headerOf: Readonly<Record<Coding, string>> = { gzip: "gzip", deflate: "deflate", br: "br", raw: "deflate" }
const soundTypes = [
  null,
  "application/json",
  "application/json; charset=utf-8",
  "text/plain",
  "application/vnd.api+json"
]

/** The statuses of DESIGN's table that a delivery may be answered with. A signed one in sound dress is always taken. */
export const allowedFor = (posted: Posted, sentBytes: number): ReadonlyArray<number> => {
  if (sentBytes > maxBodyBytes) return [413]
  if (posted.signs === "none" || posted.signs === "wrong") return [401]
  const plainBytes = Buffer.byteLength(posted.body, "base64")
  const said = posted.packed.map((coding) => headerOf[coding]).join(", ")
  // Of more codings than three none is undone (docs/receiver.md, "Bodies").
  const soundCoding = (posted.encoding ?? "").toLowerCase() === said && posted.packed.length <= 3
  const sound = soundCoding && soundTypes.includes(posted.contentType) && plainBytes <= maxBodyBytes
  // So many bodies a second are unpacked for a signature over the plain bytes; where the coding is not as said, none
  // fits.
  const ownId = posted.source === "svix" && posted.headers["webhook-id"] !== undefined
  const plainSigned = posted.signs === "plain" && posted.packed.length > 0 && posted.source !== "sales"
  const mayBeWrong = plainSigned || ownId ? [401] : []
  if (sound) return [200, ...mayBeWrong]
  return [200, 415, ...(plainBytes > maxBodyBytes || posted.encoding !== null ? [413] : []), ...mayBeWrong]
}

const at = "2026-03-02T10:00:00Z"
const snapshot = (id: number | string) => ({
  id,
  subject: "s",
  status: 2,
  tags: ["a"],
  custom_fields: { cf_a: 1 },
  updated_at: at
})

/** One of each shape that a sender is known to send. */
export const goodBodies: ReadonlyArray<Tree> = [
  {
    event: "ticket_update",
    entity: "ticket",
    id: 9,
    updated_at: at,
    occurred_at: 1_772_445_600_250,
    account: "a.freshdesk.com",
    actor: { type: "agent", id: 7 },
    snapshot: snapshot(9)
  },
  { event: "ticket_create", entity: "ticket", id: "9", updated_at: at, shown_by: "item", snapshot: null },
  { event: "ticket_delete", entity: "ticket", id: 11, updated_at: at, snapshot: snapshot(11) },
  {
    event: "conversation_create",
    entity: "conversation",
    id: 5,
    updated_at: at,
    snapshot: { id: 5, ticket_id: 9, body_text: "b", incoming: true, created_at: at, updated_at: at }
  },
  {
    freshdesk_webhook: {
      ticket_id: "#42",
      ticket_subject: "s",
      triggered_event: "{ticket_action:created}",
      ticket_updated_at: at,
      ticket_created_at: at
    }
  },
  {
    event: "onTicketUpdate",
    timestamp: 1_772_445_600_000,
    domain: "a.freshdesk.com",
    region: "EU",
    data: { ticket: { ...snapshot(9), changes: { status: [2, 3] } }, actor: { id: 7 } }
  },
  {
    event: "onContactCreate",
    timestamp: 1_772_445_600_000,
    data: { contact: { id: 3, email: "a@b.c", updated_at: at }, actor: { id: 7 } }
  },
  {
    event: "onConversationCreate",
    timestamp: 1_772_445_600_000,
    data: { conversation: { id: 5, ticket_id: 9, updated_at: at }, actor: { id: 7 } }
  },
  {
    action: "message_create",
    action_time: at,
    actor: { actor_type: "user", actor_id: "u-1" },
    data: {
      message: { id: "m-1", conversation_id: "c-1", created_time: at, message_parts: [{ text: { content: "x" } }] }
    }
  },
  {
    action: "conversation_resolution",
    action_time: at,
    actor: { actor_id: "u-1" },
    data: { resolve: { conversation: { conversation_id: "c-1", status: "resolved" } } }
  },
  {
    action: "opened",
    issue: { number: 4, title: "t", state: "open", labels: [], updated_at: at, created_at: at },
    sender: { id: 1 },
    repository: { id: 1 }
  }
].map(treeOf)

/** A body's text as bytes in another charset, or as a form. */
const dressed = (text: string, dice: Dice): Pick<Posted, "contentType"> & { readonly bytes: Buffer } => {
  switch (dice.below(9)) {
    case 0:
      return { bytes: Buffer.from(`\ufeff${text}`), contentType: "application/json" }
    case 1:
      return {
        bytes: Buffer.from(text, "utf16le"),
        contentType: dice.pick(["application/json; charset=utf-16le", "application/json"])
      }
    case 2:
      return {
        bytes: Buffer.from(`\ufeff${text}`, "utf16le").swap16(),
        contentType: "application/json; charset=utf-16"
      }
    case 3:
      return {
        bytes: Buffer.from(text, "latin1"),
        contentType: dice.pick(["application/json; charset=iso-8859-1", "application/json"])
      }
    case 4:
      return {
        bytes: Buffer.from(`payload=${encodeURIComponent(Buffer.from(text).toString())}`),
        contentType: "application/x-www-form-urlencoded"
      }
    case 5:
      return { bytes: Buffer.from(formOf(dice)), contentType: "application/x-www-form-urlencoded" }
    case 6:
      return {
        bytes: Buffer.from(text),
        contentType: dice.pick([
          "multipart/form-data; boundary=x",
          "application/xml",
          "text/xml; charset=x",
          "application/cbor",
          "image/png",
          ";;;",
          "charset",
          'application/json; charset=""',
          "application/json; charset=utf-7"
        ])
      }
    case 7:
      return { bytes: damagedBytes(Buffer.from(text), dice), contentType: "application/json" }
    default:
      return { bytes: Buffer.from(text.repeat(1 + dice.below(3))), contentType: dice.pick(soundTypes) }
  }
}

const formOf = (dice: Dice): string => {
  const names = [
    "freshdesk_webhook[ticket_id]",
    "freshdesk_webhook[__proto__]",
    "__proto__[polluted]",
    "payload",
    "event",
    "entity",
    "id",
    "a[b][c]",
    "freshdesk_webhook",
    "constructor[prototype]",
    "%",
    "toString"
  ]
  return Array.from(
    { length: 1 + dice.below(6) },
    () => `${dice.pick(names)}=${dice.pick(["42", "%ff", "", "{}", "+", "ticket_update", "%00", "[", "null"])}`
  ).join("&")
}

/** Ids from here on are innocents' own. */
const firstInnocent = 7_000_000_000

const innocent = (dice: Dice, number: number): Posted => {
  const source = dice.pick(names)
  const id = firstInnocent + number
  const body =
    source === "gh"
      ? { action: "edited", issue: { number: id, title: "t", updated_at: at }, sender: { id: 1 } }
      : { event: "ticket_update", entity: "ticket", id, updated_at: at, snapshot: snapshot(id) }
  return {
    source,
    body: Buffer.from(JSON.stringify(body)).toString("base64"),
    packed: [],
    encoding: null,
    contentType: "application/json",
    signs: "sent",
    headers: {},
    innocent: String(id)
  }
}

const oddHeaders: ReadonlyArray<Readonly<Record<string, string>>> = [
  { "x-github-event": "__proto__" },
  { "x-github-event": "x".repeat(900) },
  { "webhook-id": "" },
  { "webhook-id": "\u00e9\u0080".repeat(60) },
  { "x-forwarded-for": "1.2.3.4, nonsense, ::1" },
  { expect: "100-continue" },
  { "user-agent": "\u009b31m" },
  { "content-language": "x", traceparent: "00-0-0-00" }
]

/** One in four is an innocent; the others are mutations of the corpus in some dress. */
export const posted = (corpus: ReadonlyArray<Tree>, dice: Dice, number: number): Posted => {
  if (number % 4 === 0) return innocent(dice, number)
  const text = written(mutated(dice.pick(corpus), dice))
  const plain = dice.chance(0.6)
  const { bytes, contentType } = plain
    ? { bytes: Buffer.from(text), contentType: "application/json" }
    : dressed(text, dice)
  const packed = dice.chance(0.8)
    ? []
    : Array.from({ length: 1 + dice.below(4) }, () => dice.pick<Coding>(["gzip", "deflate", "br", "raw"]))
  const said = packed.map((coding) => headerOf[coding]).join(", ")
  const honest = dice.chance(0.9)
  return {
    source: dice.pick(names),
    body: bytes.toString("base64"),
    packed,
    encoding: honest
      ? said === ""
        ? null
        : said
      : dice.pick(["gzip", "br", "identity", "zstd", "GZIP", "gzip,gzip,gzip,gzip", ", ,", "constructor"]),
    contentType,
    signs: dice.pick(["sent", "sent", "sent", "sent", "sent", "sent", "sent", "plain", "wrong", "none"]),
    headers: dice.chance(0.1) ? dice.pick(oddHeaders) : {},
    innocent: null
  }
}
