/** Reads a data file's JSON as a description. Pure. */
import { ParseResult, Schema } from "effect"
import { contradictionIn } from "./Contradictions.js"
import { Description } from "./Description.js"

/** The description, or a sentence that names what is wrong in it. */
export const readDescription = (file: string, json: unknown): Description | string => {
  const read = Schema.decodeUnknownEither(Description, { onExcessProperty: "error" })(json)
  if (read._tag === "Right") {
    const unknown = read.right.webhook?.payloads.find(({ entity }) => !Object.hasOwn(read.right.entities, entity))
    if (unknown !== undefined)
      return `${file}: webhook.payloads names the entity "${unknown.entity}", which entities does not have`
    const contradiction = contradictionIn(read.right)
    return contradiction === null ? read.right : `${file}: ${contradiction}`
  }
  const issue = ParseResult.ArrayFormatter.formatErrorSync(read.left)[0]!
  const path = issue.path.map(String).join(".")
  return `${file}: ${path === "" ? "it" : path} ${issue._tag === "Unexpected" ? "is not a known setting: see docs/providers.md" : issue._tag === "Missing" ? "is missing" : `is not valid: ${issue.message.replace(/, actual .*$/s, "")}`}`
}
