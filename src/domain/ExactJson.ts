/** JSON whose whole numbers keep all their digits: ids of some providers are beyond 2^53, where a number has room for fewer. Pure. */

/** Only where so many digits stand in a row can a number be that long: all other JSON is parsed at native speed. */
const longDigits = /\d{16}/

const isLong = (token: string): boolean => /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token))

type Reviver = (key: string, value: unknown) => unknown
/** A number as it stood. Of Node 22 on; TypeScript's library does not have it yet. */
type Context = { readonly source?: string } | undefined

/** `JSON.parse`, but for whole numbers beyond 2^53, which `write` is given as texts of their digits. */
const parseLong = (text: string, write: (digits: string) => unknown, reviver?: Reviver): unknown =>
  longDigits.test(text)
    ? JSON.parse(text, (key, value, ...[context]: ReadonlyArray<Context>) => {
        const source = typeof value === "number" ? context?.source : undefined
        const kept: unknown = source !== undefined && isLong(source) ? write(source) : value
        return reviver === undefined ? kept : reviver(key, kept)
      })
    : JSON.parse(text, reviver)

/** Whole numbers beyond 2^53 become texts of their digits. */
export const parseExactJson = (text: string, reviver?: Reviver): unknown => parseLong(text, (digits) => digits, reviver)

/** Likewise of Node 22 on. */
const { isRawJSON, rawJSON } = JSON as unknown as {
  readonly isRawJSON: (value: unknown) => boolean
  readonly rawJSON: (text: string) => object
}

/** Whole numbers beyond 2^53 become objects that `JSON.stringify` writes as they stood: a text that is written again stays the same. */
export const parseRewritableJson = (text: string): unknown => parseLong(text, rawJSON)

export const isLongNumber = isRawJSON
