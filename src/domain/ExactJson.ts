/** JSON whose whole numbers keep all their digits: ids of some providers are beyond 2^53, where a number has room for fewer. Pure. */

/** A string, or a number, of JSON that is known to be well-formed. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
const longDigits = /\d{16}/

const isLong = (token: string): boolean => /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token))

/** `JSON.parse`, but whole numbers beyond 2^53 become texts of their digits. */
export const parseExactJson = (text: string, reviver?: (key: string, value: unknown) => unknown): unknown => {
  const parsed: unknown = JSON.parse(text, reviver)
  return longDigits.test(text)
    ? JSON.parse(
        text.replace(tokens, (token) => (isLong(token) ? `"${token}"` : token)),
        reviver
      )
    : parsed
}

/** Of Node 22 on; TypeScript's library does not have them yet. */
const { isRawJSON, rawJSON } = JSON as unknown as {
  readonly isRawJSON: (value: unknown) => boolean
  readonly rawJSON: (text: string) => object
}

/** Whole numbers beyond 2^53 as objects that `JSON.stringify` writes as they stood: what is written again stays the same. */
export const parseRewritableJson = (text: string): unknown =>
  longDigits.test(text)
    ? JSON.parse(text, (_key, value, ...[context]: ReadonlyArray<{ readonly source?: string }>) =>
        typeof value === "number" && context?.source !== undefined && isLong(context.source)
          ? rawJSON(context.source)
          : (value as unknown)
      )
    : JSON.parse(text)

export const isLongNumber = isRawJSON
