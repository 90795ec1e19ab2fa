/** JSON of a stranger, from which objects are copied: the key `__proto__` is left out, however it is spelt. Pure. */
import secureJson from "secure-json-parse"
import { exactReviver } from "./ExactJson.js"

/** Of all keys only `__proto__` changes an object that is copied by assignment. */
const options = { protoAction: "remove", constructorAction: "ignore" } as const

/** Whole numbers beyond 2^53 keep their digits. The last of two equal keys counts, as for every `JSON.parse`. */
export const parseUntrustedJson = (text: string): unknown => secureJson.parse(text, exactReviver(text), options)
