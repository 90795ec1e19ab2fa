/** Faults as a user meets them: one sentence with the remedy, and the exit code (DESIGN.md, "Commands"). */
import * as Cause from "effect/Cause"
import * as Schema from "effect/Schema"
import { visible } from "../domain/PlainText.js"

/** An option or an argument is not valid, or a file that it names cannot be used. */
export class UsageError extends Schema.TaggedError<UsageError>()("UsageError", { message: Schema.String }) {}

/** A command cannot listen on an address: another program has it, or it is not this machine's. */
export class AddressUnavailable extends Schema.TaggedError<AddressUnavailable>()("AddressUnavailable", {
  message: Schema.String
}) {}

/** A gate that the user set has failed, or a check found something; the command's work is done all the same. */
export class GateFailed extends Schema.TaggedError<GateFailed>()("GateFailed", { message: Schema.String }) {}

/** A command did its work for some sources, and failed for others; `message` names both. */
export class SourcesFailed extends Schema.TaggedError<SourcesFailed>()("SourcesFailed", {
  /** `unreachable` if any of them was: the same command may succeed later. */
  reason: Schema.Literal("unreachable", "refused"),
  message: Schema.String
}) {}

export const exitCodes = {
  done: 0,
  /** A gate failed, or findings are above the threshold. */
  gateFailed: 1,
  /** Bad usage or input. */
  badInput: 2,
  /** Something that the command needs was not reachable: the same command may succeed later. */
  unreachable: 3
} as const

const { badInput, gateFailed, unreachable } = exitCodes

/** The file is there and sound, and cannot serve now. */
const storeCodes = { full: unreachable, locked: unreachable, moved: unreachable, owned: unreachable }

/** The exit code of every fault that a command may end with; where its reason decides, those that are not bad input. */
const codes = {
  GateFailed: gateFailed,
  UsageError: badInput,
  ConfigError: badInput,
  AuditFailed: badInput,
  UnsupportedNode: badInput,
  BulkPartialFailure: badInput,
  AddressUnavailable: unreachable,
  InstallFailed: unreachable,
  SourcesFailed: { unreachable },
  StoreError: storeCodes,
  StoreUnavailable: storeCodes,
  ProviderError: { unreachable, throttled: unreachable },
  ReceiverError: { ...storeCodes, portInUse: unreachable, address: unreachable }
} as const satisfies Readonly<Record<string, number | Readonly<Record<string, number>>>>

/** A failure of a command; a fault that is missing from the table does not compile. */
export interface Fault {
  readonly _tag: keyof typeof codes
  readonly message: string
}

const field = (error: unknown, name: string): unknown =>
  typeof error === "object" && error !== null ? (error as Record<string, unknown>)[name] : undefined

const codeOf = (tag: string, reason: string): number => {
  const code = Object.hasOwn(codes, tag) ? codes[tag as Fault["_tag"]] : badInput
  if (typeof code === "number") return code
  return Object.hasOwn(code, reason) ? (code as Readonly<Record<string, number>>)[reason]! : badInput
}

/** Whether the same command may succeed later: by the exit codes, the one home of that. */
export const isPassing = ({ _tag, reason }: { readonly _tag: Fault["_tag"]; readonly reason?: string }): boolean =>
  codeOf(_tag, String(reason)) === unreachable

/**
 * A path that the command line looked at before the command ran: beneath a file, or in a folder that may not be read.
 */
const unusablePath = (error: unknown): string => {
  const code = /\b(E[A-Z]{2,})\b/.exec(String(field(error, "message")))?.[1]
  return `${String(field(error, "pathOrDescriptor"))} cannot be used (${code ?? String(field(error, "reason"))}): check the path and its permissions`
}

/** A key or value of a file that an error names may be megabytes long, or hold line ends: the sentence stays one. */
const longestWord = /\S{300,}/g
const readable = (message: string): string => visible(message.replace(longestWord, (word) => `${word.slice(0, 100)}…`))

/** The sentence and the exit code of a command that did not succeed. */
export const describeFailure = (cause: Cause.Cause<unknown>): { readonly message: string; readonly code: number } => {
  const error = Cause.squash(cause)
  const [tag, message] = [field(error, "_tag"), field(error, "message")]
  if (tag === "SystemError" && field(error, "module") === "FileSystem")
    return { message: readable(unusablePath(error)), code: badInput }
  if (typeof tag === "string" && typeof message === "string")
    return { message: readable(message), code: codeOf(tag, String(field(error, "reason"))) }
  const thrown = error instanceof Error ? error.message : String(error)
  return {
    message: readable(`something went wrong inside hookshift (${thrown}): run again with --debug and report it`),
    code: unreachable
  }
}
