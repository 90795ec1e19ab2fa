/**
 * Values that look like a person's secrets or data. Recording keeps by allow-list; these patterns
 * decide about words that no list can name: path segments, parameter and field names, text inside kept bodies.
 */

/**
 * A word of APIs: `tickets`, `sales_accounts`, `lineItems`, `users.list`, `v2`, `tickets.json`. Digits only of a
 * version.
 */
const apiWord = /^(?:v\d{1,2}(?:\.\d{1,2})?|[a-z]{1,24}(?:[A-Z][a-z]{2,}){0,3}(?:[._-][a-z]{1,24}){0,4}(?:\.json)?)$/

export const isApiWord = (text: string): boolean =>
  text.length <= 48 && apiWord.test(text) && isPronounceable(text) && !isPersonLike(text)

/**
 * Letters as words have them. A key of lower-case letters has hardly any vowels, and many consonants in a row: of
 * 20,000 random ones of 24 letters none passes, and of 16 letters 1 in 16 (test/capture/Redaction.test.ts).
 */
const isPronounceable = (text: string): boolean =>
  text.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/).every((word) => {
    if (word.length < 9) return true
    const vowels = word.replace(/[^aeiouy]/gi, "").length / word.length
    return word.length <= 20 && vowels >= 0.25 && vowels <= 0.65 && !unlikely.test(word)
  })

/** Six consonants, a letter thrice, and pairs that no word of English has. */
const unlikely = /[^aeiouy]{6}|([a-z])\1\1|q[^u]|[jv][^aeiouyjv]|x[bdgjkmnqrvwxz]|z[^aeiouyzl]/i

/** Words beside the dot of a method or field (`users.list`, `ticket.status`), but of no person's name (`jane.doe`). */
const besideDots = new Set(
  "list get info create update delete remove add set find search query count export import upload download open close start stop send post read write sync batch history join leave invite lookup archive json xml csv html js api v id ids name type status state code email date time from to at by filter sort order page size limit offset field fields user users ticket tickets contact contacts company companies account accounts agent agents channel channels conversation conversations message messages team teams file files chat views view test all me".split(
    " "
  )
)

const isPersonLike = (text: string): boolean =>
  /^[a-z]+(?:\.[a-z]+)+$/.test(text) && !text.split(".").some((part) => besideDots.has(part))

/** A parameter's or field's name: letters and the marks that join them, few digits, nothing that looks like a key. */
export const isPlainName = (text: string): boolean =>
  /^[A-Za-z_$][\w$.[\]-]{0,60}$/.test(text) &&
  !/(?:[A-Za-z]*\d[A-Za-z]*){5,}/.test(text) &&
  !looksLikeKey(text) &&
  isPronounceable(text) &&
  !isPersonLike(text)

/** Sixteen hex digits or more, or twenty characters or more that mix letters with digits. */
export const looksLikeKey = (text: string): boolean =>
  /^[0-9a-f]{16,}$/i.test(text) || (/^[\w\-.~+/=%]{20,}$/.test(text) && /\d/.test(text) && /[a-z]/i.test(text))

/** Patterns that are replaced inside the text of a kept body. */
export const sensitiveText: ReadonlyArray<readonly [RegExp, string]> = [
  [/\b(?:Basic|Bearer|Token)\s{1,10}[\w\-.~+/=]{6,}/gi, "[credential]"],
  [/\beyJ[\w-]{1,2000}\.[\w-]+(?:\.[\w-]*)?/g, "[token]"],
  [/[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]+(?:\.[\w-]+)+/g, "[email]"],
  [/(?<![\w.:-])\+?\(?\d[\d ()./-]{7,40}\d(?![\w:-])/g, "[number]"],
  [
    /\b(?:sk|pk|rk|whsec|ghp|gho|ghu|ghs|github_pat|glpat|xox[abeprs]|shpat|shpss|AKIA|ASIA|AIza)[-_]?[\w-]{8,}/g,
    "[token]"
  ],
  [/(?<![\w-])[A-Za-z]{20,}(?![\w-])/g, "[token]"],
  [/(?<![\w-])(?=[a-f]*\d)[\da-f]{16,}(?![\w-])/gi, "[token]"],
  [/(?<![\w-])(?=[\w\-.~+/=]{0,200}\d)(?=[\w\-.~+/=]{0,200}[A-Za-z])[\w\-.~+/=]{20,}/g, "[token]"]
]
