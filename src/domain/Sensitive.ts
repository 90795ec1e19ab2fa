/**
 * What may be somebody's secret or somebody's data, told by its looks. Recording keeps by allow-list; these patterns
 * decide about words that no list can name: path segments, parameter and field names, text inside kept bodies.
 */

/** A word as APIs use them: `tickets`, `sales_accounts`, `lineItems`, `users.list`, `v2`, `tickets.json`. No digits but a version's. */
const apiWord = /^(?:v\d{1,2}(?:\.\d{1,2})?|[a-z]{1,24}(?:[A-Z][a-z]{2,}){0,3}(?:[._-][a-z]{1,24}){0,4}(?:\.json)?)$/

export const isApiWord = (text: string): boolean => text.length <= 48 && apiWord.test(text)

/** A parameter's or field's name: letters and the marks that join them, few digits, nothing that looks like a key. */
export const isPlainName = (text: string): boolean =>
  /^[A-Za-z_$][\w$.[\]-]{0,60}$/.test(text) && !/(?:[A-Za-z]*\d[A-Za-z]*){5,}/.test(text) && !looksLikeKey(text)

/** Sixteen hex digits or more, or twenty characters or more that mix letters with digits. */
export const looksLikeKey = (text: string): boolean =>
  /^[0-9a-f]{16,}$/i.test(text) || (/^[\w\-.~+/=%]{20,}$/.test(text) && /\d/.test(text) && /[a-z]/i.test(text))

/** What is replaced inside the text of a kept body. */
export const sensitiveText: ReadonlyArray<readonly [RegExp, string]> = [
  [/\b(?:Basic|Bearer|Token)\s+[\w\-.~+/=]{6,}/gi, "[credential]"],
  [/\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g, "[token]"],
  [/[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+/g, "[email]"],
  [/(?<![\w.:-])\+?\(?\d[\d ().-]{7,}\d(?![\w.:-])/g, "[number]"],
  [/(?<![\w-])(?=[\w\-.~+/=]*\d)(?=[\w\-.~+/=]*[A-Za-z])[\w\-.~+/=]{20,}/g, "[token]"]
]

/** Fields whose values are never kept, whatever they are. */
export const sensitiveField =
  /pass(?:word|wd|phrase)?|secret|token|api_?-?key|authorization|credential|cookie|session|signature|private|otp|\bpin\b|ssn|iban|card|cvv|cvc|e-?mail|phone|mobile|fax|address|birth|twitter_id|facebook_id|(?:first|last|full|middle|display)_?name/i
