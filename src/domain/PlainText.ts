/**
 * Text of strangers (names, ids, User-Agents, errors) is text wherever it is shown. Characters that a reader does not
 * see, or that change what stands around them, are shown by their code. Each medium adds its own marks to escape:
 * Markdown in `report/markdown/Words.ts`, SARIF beside its writer; HTML and XML are escaped by what renders them. Pure.
 */

/**
 * C0 and C1 controls, DEL, soft hyphens, direction marks and overrides, characters without width, separators of lines,
 * private and tag characters, lone surrogates.
 */
const unseen =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ue000-\uf8ff]|[\u{e0000}-\u{e007f}]|[\ud800-\udfff]/gu

const codeOf = (mark: string): string => {
  const code = mark.codePointAt(0)!
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, "0")}`
    : `\\u${code < 0x10000 ? code.toString(16).padStart(4, "0") : `{${code.toString(16)}}`}`
}

/** On one line. */
export const visible = (text: string): string => text.replace(unseen, codeOf)

/** Line ends and tabs stay. */
export const visibleLines = (text: string): string =>
  text.replace(unseen, (mark) => (mark === "\n" || mark === "\t" ? mark : codeOf(mark)))

/** The colours and weights that `styleText` writes, and their ends; no other sequence does more than stand there. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: as terminals have it
const styles = /\u001b\[(?:1|2|22|3[1236]|39)m/g

/** For a terminal: styles of our own stay as well. */
export const terminalText = (text: string): string => {
  let result = ""
  let from = 0
  for (const { 0: style, index } of text.matchAll(styles)) {
    result += visibleLines(text.slice(from, index)) + style
    from = index + style.length
  }
  return result + visibleLines(text.slice(from))
}

/** `JSON.stringify`, with what is unseen by its code: the same value, and harmless on a terminal. */
export const visibleJson = (value: unknown, space?: number): string =>
  JSON.stringify(value, null, space).replace(unseen, (mark) =>
    mark === "\n"
      ? mark
      : [...Array(mark.length).keys()].map((at) => `\\u${mark.charCodeAt(at).toString(16).padStart(4, "0")}`).join("")
  )

/** Whether a text is blanks and characters of no width alone; no secret is. */
export const isBlank = (text: string): boolean => !/[^\s\p{C}\p{Z}]/u.test(text)
