/**
 * The file that `NODE_OPTIONS=--require` loads into a recorded program. It is built as CommonJS, in the syntax of
 * Node 14, since the program may run on any Node. On a Node that is too old, or whose permission model keeps the
 * recorder out, the program runs unrecorded, and a line on standard error says so.
 */
import { isSupportedNode, oldestNodeName } from "../domain/SupportedNode.js"
import { missingPermissions, unrecordedNote } from "./program/Permissions.js"
import type { Recorder } from "./recorder/Recorder.js"

const load = (): Recorder | undefined => {
  const { node } = process.versions
  if (isSupportedNode(node)) {
    const missing = missingPermissions(__filename)
    if (missing.length === 0) return (require("./register-node.cjs") as { readonly recorder: Recorder }).recorder
    process.stderr.write(unrecordedNote(missing))
    return undefined
  }
  process.stderr.write(
    `hookshift: recording needs Node ${oldestNodeName} or newer, and this program runs on Node ${node}: it runs unrecorded; the recording proxy (hookshift proxy) works with any\n`
  )
  return undefined
}

/** This thread's recorder; absent on a Node that is too old, or that does not permit it. */
export const recorder = load()
