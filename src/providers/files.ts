/** Described providers, read from the files that the configuration or `HOOKSHIFT_PROVIDERS` names. */

import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import { isTooDeep, maxDepth } from "../domain/JsonDepth.js"
import { hasProtoKey } from "../domain/Table.js"
import { textOf } from "../domain/Text.js"
import { describe } from "./described/describe.js"
import { readDescription } from "./described/readDescription.js"
import type { Provider } from "./Provider.js"
import { addProvider, freshworksProducts } from "./Providers.js"

/**
 * Adds every described provider to this process. If one is not valid, returns a sentence that says why, and adds none.
 */
export const teachProviders = (files: ReadonlyArray<string>, folder: string): string | null => {
  const learnt: Array<Provider> = []
  for (const file of files) {
    const path = resolve(folder, file)
    let json: unknown
    try {
      const text = textOf(readFileSync(path))
      if (isTooDeep(text)) return `${file} is nested deeper than ${maxDepth} levels: no description is`
      json = JSON.parse(text)
    } catch (error) {
      return error instanceof SyntaxError
        ? `${file} is not valid JSON: see docs/providers.md`
        : `${file} cannot be read (${(error as NodeJS.ErrnoException).code}): check the path under "providers"`
    }
    if (hasProtoKey(json)) return `${file} has the key __proto__, which can name nothing: choose another name`
    const description = readDescription(file, json)
    if (typeof description === "string") return description
    if (freshworksProducts.some((name) => name === description.name))
      return `${file}: name is "${description.name}", which is built in: choose another`
    learnt.push(describe(description))
  }
  learnt.forEach(addProvider)
  return null
}
