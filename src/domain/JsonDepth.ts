/** The depth of JSON, told from its text: a value that is too deep would use up the stack of recursive code. Pure. */

/** No provider nests this deep. */
export const maxDepth = 100

/** Whether a text has more than `most` opening brackets, strings included. Most texts end here, at native speed. */
const manyBrackets = (text: string, most: number): boolean => {
  let count = 0
  for (const bracket of ["[", "{"]) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) if (++count > most) return true
  }
  return false
}

/** Counts brackets outside strings. */
export const isTooDeep = (text: string): boolean => {
  if (!manyBrackets(text, maxDepth)) return false
  let depth = 0
  let inString = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (inString) {
      if (code === 0x5c) index += 1
      else if (code === 0x22) inString = false
    } else if (code === 0x22) inString = true
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > maxDepth) return true
    } else if (code === 0x5d || code === 0x7d) depth -= 1
  }
  return false
}
