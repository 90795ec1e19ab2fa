/** An error of the command line's parser as a sentence, with the command that it is about. */
import type * as ValidationError from "@effect/cli/ValidationError"
import { textsOf } from "./help/CommandTree.js"

/** `path` names the command; it may be empty. */
export const usageSentence = (error: ValidationError.ValidationError, path: ReadonlyArray<string>): string => {
  const command = path.join(" ")
  if (command === "record")
    return "record takes its own options, then --, then the program: hookshift record --integration crm-sync -- node app.js"
  const said = textsOf(error.error).join(" ").trim().replace(/\.$/, "")
  const text = said.charAt(0).toLowerCase() + said.slice(1)
  return `${command === "" ? "" : `${command}: `}${text}; see hookshift help${command === "" ? "" : ` ${command}`}`
}
