/**
 * What `NODE_OPTIONS=--require` loads into a recorded program, built as CommonJS: it has to run on any Node that the
 * program may have. An older Node than hookshift's, or one whose permission model keeps the recorder out, runs the program
 * unrecorded and says so. No newer syntax than Node 14 has.
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

/** This thread's recorder; absent on a Node that is too old, or does not let it in. */
export const recorder = load()
