/**
 * Lines of access logs in the Common and Combined formats (Apache, nginx, and what imitates them), with or without the
 * virtual host in front. There are no bodies and no durations in them: those stay unknown.
 */
import { type Observation, observationOf } from "../capture/index.js"

const line =
  /^(?:(\S+\.\S+|\S+:\d+) )?(\S+) (\S+) (\S.*?) \[([^\]]+)\] "((?:[^"\\]|\\.)*)" (\d{3}|-) (\d+|-)(?: "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)")?/
const moment = /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})$/
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

export interface LogSettings {
  /** Whose log it is, for lines that name a path only. */
  readonly host: string | null
}

export type LogLine = { readonly call: Observation } | { readonly problem: string }

export const callOfLine = (text: string, settings: LogSettings): LogLine => {
  const match = line.exec(text)
  if (match === null) return { problem: "is no line of the Common or Combined Log Format" }
  const [, virtualHost, , , user, time, request, status, bytes, , userAgent] = match as unknown as Array<
    string | undefined
  >
  const startedAt = momentOf(time!)
  if (startedAt === null) return { problem: "has a time that cannot be read" }
  const words = /^([A-Z]+) (\S+)(?: HTTP\/[\d.]+)?$/.exec(unescaped(request!))
  if (words === null) return { problem: "has no request in it" }
  const [, method, target] = words as unknown as [string, string, string]
  const host = virtualHost?.replace(/:(?:80|443)$/, "") ?? settings.host
  const url = /^https?:\/\//.test(target) ? target : host === null ? null : `https://${host}${target}`
  if (url === null || !URL.canParse(url)) return { problem: "names no host: say whose log it is with --host" }
  return {
    call: observationOf({
      startedAt,
      durationMs: null,
      method,
      url,
      // The user of Basic authentication, which for these APIs is the key: the same principal as in a live recording.
      authorization: user === "-" ? null : `Basic ${Buffer.from(`${unescaped(user!)}:`).toString("base64")}`,
      userAgent: userAgent === undefined || userAgent === "-" ? null : unescaped(userAgent),
      status: status === "-" ? null : Number(status),
      error: status === "-" ? "Error" : null,
      requestBytes: null,
      responseBytes: bytes === "-" ? 0 : Number(bytes),
      header: () => null,
      contentType: null,
      body: null,
      requestBody: null
    })
  }
}

const momentOf = (text: string): number | null => {
  const match = moment.exec(text)
  if (match === null) return null
  const [, day, month, year, hour, minute, second, sign, hours, minutes] = match as unknown as Array<string>
  const at = Date.UTC(Number(year), months.indexOf(month!), Number(day), Number(hour), Number(minute), Number(second))
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000
  return months.includes(month!) ? at - (sign === "+" ? offset : -offset) : null
}

/** `\"` and `\\` as Apache writes them, `\x22` as nginx does. */
const unescaped = (text: string): string =>
  text.replace(/\\(?:x([0-9A-Fa-f]{2})|(.))/g, (_, hex: string | undefined, other: string) =>
    hex === undefined ? other : String.fromCharCode(Number.parseInt(hex, 16))
  )
