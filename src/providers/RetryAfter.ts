/** The `Retry-After` header, both ways of writing it. */

/** Seconds or an HTTP date (RFC 9110, 10.2.3); `null` for neither. */
export const retryAfterMillis = (value: string | undefined, now: number): number | null => {
  if (value === undefined) return null
  if (/^\d+(?:\.\d+)?$/.test(value.trim())) return Number(value) * 1000
  const at = Date.parse(value)
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}
