/**
 * The oldest Node that hookshift runs on, and the sentence for an older one. The SQLite module crashes the process
 * below it, so each way in asks here before the module is loaded. No newer syntax or import than Node 14 has.
 */

/** better-sqlite3 13 is built for Node-API 10 and needs Node 22; `require` of ES modules is silent from 22.14 on. */
export const oldestNode = { major: 22, minor: 14 }

export const oldestNodeName = `${oldestNode.major}.${oldestNode.minor}`

export const isSupportedNode = (version: string): boolean => {
  const [major, minor] = version.split(".").map(Number) as [number, number]
  return major > oldestNode.major || (major === oldestNode.major && minor >= oldestNode.minor)
}

/** This Node is too old; `message` says which is needed, which is here, and the remedy. */
export class UnsupportedNode extends Error {
  readonly _tag = "UnsupportedNode"
  readonly code = "ERR_HOOKSHIFT_NODE"
  constructor(version: string) {
    super(
      `hookshift needs Node ${oldestNodeName} or newer, and this is Node ${version}: install a newer one, or start hookshift with npx in a checkout, which brings its own`
    )
    this.name = "UnsupportedNode"
  }
}

/** Throws an `UnsupportedNode` where this process's Node is too old. */
export const requireSupportedNode = (version: string = process.versions.node): void => {
  if (!isSupportedNode(version)) throw new UnsupportedNode(version)
}
