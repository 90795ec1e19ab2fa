/** JSON that a stranger wrote and the receiver copies from: `__proto__` as a key is left out, however it is spelt. Pure. */
import secureJson from "secure-json-parse"
import { exactReviver } from "./ExactJson.js"

/** A copy by assignment takes nothing else for an object's nature. */
const options = { protoAction: "remove", constructorAction: "ignore" } as const

/** Whole numbers beyond 2^53 keep their digits. Of a key that stands twice the last one counts, as for every `JSON.parse`. */
export const parseUntrustedJson = (text: string): unknown => secureJson.parse(text, exactReviver(text), options)
