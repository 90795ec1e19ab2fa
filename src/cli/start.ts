/** The executable: checks the Node version before anything else is loaded. No newer syntax than Node 14 has. */
import { isSupportedNode, UnsupportedNode } from "../domain/SupportedNode.js"

if (isSupportedNode(process.versions.node)) {
  // @effect/cli and its dependencies are parsed only from here on.
  void import("./main.js")
} else {
  process.stderr.write(`hookshift: ${new UnsupportedNode(process.versions.node).message}\n`)
  process.exitCode = 2
}
