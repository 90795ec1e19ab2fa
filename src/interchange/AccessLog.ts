/**
 * Lines of access logs in the Common and Combined formats (Apache, nginx and their imitators), with or without the
 * virtual host in front. They have no bodies and no durations: those stay unknown.
 */
import { isIP } from "node:net"
import { type Observation, observationOf } from "../capture/index.js"
import { isByteCount } from "../domain/CallBounds.js"
import { yearProblem } from "../domain/Span.js"
import { parseTimestamp } from "../domain/Time.js"

/** The words before the time are told apart by `senderOf`: lists of addresses, a virtual host, names with spaces. */
const line = /^(\S.*?) \[([^\]]+)\] "((?:[^"\\]|\\.)*)" (\d{3}|-) (\d+|-)(?: "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)")?/
/** Apache and nginx write whole seconds; some formats add a fraction, or write ISO 8601. */
const moment = /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))? ([+-])(\d{2}):?(\d{2})$/
const isoMoment = /^\d{4}-\d\d-\d\dT[\d:.,]+(?:Z|[+-]\d\d:?\d\d)$/
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

/** The front that syslog and containers give a line. */
const carrier =
  /^(?:(?:<\d+>\d? ?)?(?:[A-Z][a-z]{2} [ \d]\d [\d:]{8}|\d{4}-\d\d-\d\dT[\d:.,+Z-]+) \S+ [^\s:[]+(?:\[\d+\])?: |[\w.-]+ +\| )/

export interface LogSettings {
  /** Whose log it is, for lines that name a path only. */
  readonly host: string | null
}

export type LogLine =
  | { readonly call: Observation }
  /** A request for no API resource. */
  | { readonly skipped: true }
  /** Neither the line nor a setting says whose request it is. */
  | { readonly withoutHost: true }
  | { readonly problem: string }

export const callOfLine = (text: string, settings: LogSettings): LogLine => {
  const match = line.exec(text.replace(carrier, ""))
  if (match === null) return { problem: "is no line of the Common or Combined Log Format" }
  const [, front, time, request, status, bytes, , userAgent] = match as unknown as Array<string | undefined>
  const sender = senderOf(front!)
  if (sender === null) return { problem: "is no line of the Common or Combined Log Format" }
  const { user, virtualHost } = sender
  const startedAt = momentOf(time!)
  if (startedAt === null) return { problem: "has a time that cannot be read" }
  const year = yearProblem(startedAt)
  if (year !== null) return { problem: year }
  const words = /^([A-Z]+) (\S.*?)(?: HTTP\/[\d.]+)?$/.exec(unescaped(request!))
  if (words === null) return { problem: "has no request in it" }
  const [, method, target] = words as unknown as [string, string, string]
  if (method === "CONNECT" || target === "*") return { skipped: true }
  const host = virtualHost?.replace(/:(?:80|443)$/, "") ?? settings.host
  const absolute = /^https?:\/\//i.test(target)
  const url = absolute ? target : host === null ? null : `https://${host}${pathOf(target)}`
  // nginx writes 000 where it gave no answer.
  const answered = status !== "-" && status !== "000"
  if (url === null) return { withoutHost: true }
  if (!URL.canParse(url)) return { problem: "has an address that cannot be read" }
  return {
    call: observationOf({
      startedAt,
      durationMs: null,
      method,
      url,
      // The user of Basic authentication, which for these APIs is the key: the same principal as in a live recording.
      authorization: user === "-" ? null : `Basic ${Buffer.from(`${unescaped(user!)}:`).toString("base64")}`,
      userAgent: userAgent === undefined || userAgent === "-" ? null : unescaped(userAgent),
      status: answered ? Number(status) : null,
      error: answered ? null : "Error",
      requestBytes: null,
      responseBytes: bytes === "-" ? 0 : isByteCount(Number(bytes)) ? Number(bytes) : null,
      header: () => null,
      contentType: null,
      body: null,
      requestBody: null
    })
  }
}

interface Sender {
  readonly virtualHost: string | null
  /** `-` for none. */
  readonly user: string
}

/**
 * `[vhost] address[, address…] ident user`: proxies put the list of `X-Forwarded-For` in the address's place, and `-`
 * where there was none.
 */
const senderOf = (front: string): Sender | null => {
  const words = front.split(/\s+/)
  if (words.length < 3) return null
  const isAddress = (word: string) => {
    const bare = word.replace(/,$/, "").replace(/^\[(.*)\](?::\d+)?$/, "$1")
    return isIP(bare) !== 0 || isIP(bare.replace(/:\d+$/, "")) !== 0 || bare === "unknown"
  }
  const first = words[0]!
  const named =
    words.length > 3 && !first.endsWith(",") && !isAddress(first) && /^[^\s/]+(?:\.[^\s/]+|:\d+)$/.test(first)
  const rest = named ? words.slice(1) : words
  let at = 1
  // Further addresses of a list; the ident and a user stand behind it.
  while (at < rest.length - 2 && (isAddress(rest[at]!) || rest[at - 1]!.endsWith(","))) at += 1
  if (rest.length - at < 2) return null
  return { virtualHost: named ? first : null, user: rest.slice(at + 1).join(" ") }
}

/** A path as the server took it: with one slash in front. */
const pathOf = (target: string): string => `/${target.replace(/^\/+/, "")}`

const momentOf = (text: string): number | null => {
  const match = moment.exec(text)
  if (match === null) return isoMoment.test(text) ? parseTimestamp(text.replace(",", ".")) : null
  const [, day, month, year, hour, minute, second, fraction = "0", sign, hours, minutes] =
    match as unknown as Array<string>
  const at = Date.UTC(Number(year), months.indexOf(month!), Number(day), Number(hour), Number(minute), Number(second))
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000
  const milliseconds = Math.floor(Number(`0.${fraction}`) * 1_000)
  return months.includes(month!) ? at + milliseconds - (sign === "+" ? offset : -offset) : null
}

/** `\"` and `\\` as Apache writes them, `\x22` as nginx does. */
const unescaped = (text: string): string =>
  text.replace(/\\(?:x([0-9A-Fa-f]{2})|(.))/g, (_, hex: string | undefined, other: string) =>
    hex === undefined ? other : String.fromCharCode(Number.parseInt(hex, 16))
  )
