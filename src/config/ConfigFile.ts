/**
 * Reads the configuration file: JSON that may have comments and trailing commas. Plain TypeScript: the recorder's
 * preload reads it too.
 */
import { existsSync, readFileSync } from "node:fs"
import stripJsonComments from "strip-json-comments"
import { isTooDeep, maxDepth } from "../domain/JsonDepth.js"
import { hasProtoKey } from "../domain/Table.js"
import { textOf } from "../domain/Text.js"

export const defaultConfigFile = "hookshift.config.json"

/** `absent`: there is no file. `problem` is a sentence with the remedy. */
export type ConfigJson =
  | { readonly state: "absent" }
  | { readonly state: "read"; readonly json: unknown }
  | { readonly state: "unusable"; readonly problem: string }

export const readConfigFile = (file: string): ConfigJson => {
  if (!existsSync(file)) return { state: "absent" }
  const unusable = (problem: string): ConfigJson => ({ state: "unusable", problem: `${file} ${problem}` })
  let text: string
  try {
    // White space takes a comment's place, so that positions in errors stay the file's.
    text = stripJsonComments(textOf(readFileSync(file)), { trailingCommas: true })
  } catch (error) {
    return unusable(`cannot be read (${(error as NodeJS.ErrnoException).code}): check its permissions`)
  }
  if (isTooDeep(text)) return unusable(`is nested deeper than ${maxDepth} levels: no setting is`)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    return unusable(`is not valid JSON: ${placeOf(error)}`)
  }
  return hasProtoKey(json)
    ? unusable("has the key __proto__, which can name nothing: choose another name")
    : { state: "read", json }
}

/** Where the JSON broke, without a quotation of the text there: it may be a secret. V8 does not always tell. */
const placeOf = (error: unknown): string =>
  /position \d+(?: \(line \d+ column \d+\))?/.exec(String(error))?.[0] ??
  (/end of JSON input/.test(String(error))
    ? "its end is missing"
    : "a value in it is no JSON (texts stand in double quotes)")
