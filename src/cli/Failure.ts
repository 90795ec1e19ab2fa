/** Errors as a user meets them: one sentence with the remedy, and the exit code that says whose turn it is. */
import * as Cause from "effect/Cause"
import * as Schema from "effect/Schema"
import { visible } from "../domain/PlainText.js"

/** The command's words are off. */
export class UsageError extends Schema.TaggedError<UsageError>()("UsageError", { message: Schema.String }) {}

/** The address is taken, or not ours. */
export class AddressInUse extends Schema.TaggedError<AddressInUse>()("AddressInUse", {
  reason: Schema.Literal("address"),
  message: Schema.String
}) {}

/** A gate that the user set has failed; what was to be made is made. */
export class GateFailed extends Schema.TaggedError<GateFailed>()("GateFailed", { message: Schema.String }) {}

export const exitCodes = { done: 0, gateFailed: 1, badInput: 2, unreachable: 3 } as const

type Shown = { readonly message: string; readonly code: number }

const unreachable = new Set(["unreachable", "throttled", "portInUse", "address", "full", "locked", "owned", "moved"])

const field = (error: unknown, name: string): unknown =>
  typeof error === "object" && error !== null ? (error as Record<string, unknown>)[name] : undefined

const isExpected = (error: unknown): boolean =>
  typeof field(error, "_tag") === "string" && typeof field(error, "message") === "string"

/** A path that the command line looked at before the command ran: beneath a file, or in a folder that may not be read. */
const unusablePath = (error: unknown): string => {
  const code = /\b(E[A-Z]{2,})\b/.exec(String(field(error, "message")))?.[1]
  return `${String(field(error, "pathOrDescriptor"))} cannot be used (${code ?? String(field(error, "reason"))}): check the path and its permissions`
}

/** A key or value of a file that an error names may be megabytes long, or hold line ends: the sentence stays one. */
const longestWord = /\S{300,}/g
const readable = (message: string): string => visible(message.replace(longestWord, (word) => `${word.slice(0, 100)}…`))

/** The sentence and the exit code for whatever ended a command. */
export const describeFailure = (cause: Cause.Cause<unknown>): Shown => {
  const { code, message } = shownOf(cause)
  return { code, message: readable(message) }
}

const shownOf = (cause: Cause.Cause<unknown>): Shown => {
  const error = Cause.squash(cause)
  const tag = field(error, "_tag")
  if (tag === "GateFailed") return { message: String(field(error, "message")), code: exitCodes.gateFailed }
  if (tag === "InstallFailed" || unreachable.has(String(field(error, "reason"))))
    return { message: String(field(error, "message")), code: exitCodes.unreachable }
  if (tag === "SystemError" && field(error, "module") === "FileSystem")
    return { message: unusablePath(error), code: exitCodes.badInput }
  if (isExpected(error)) return { message: String(field(error, "message")), code: exitCodes.badInput }
  return {
    message: `something went wrong inside hookshift (${error instanceof Error ? error.message : String(error)}): run again with --debug and report it`,
    code: exitCodes.unreachable
  }
}
