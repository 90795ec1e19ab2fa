/** Starts the awkward server (programs/awkwardServer.mjs), in a process of its own. */
import { fork } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { root } from "./files.js"

export interface AwkwardServer {
  readonly port: number
  readonly paths: ReadonlyArray<string>
  /** How many requests came, by path. */
  readonly counts: () => Promise<Readonly<Record<string, number>>>
  readonly reset: () => Promise<void>
}

/** Tests that run side by side say which of them it is for. */
export const startAwkwardServer = async (finished: typeof onTestFinished = onTestFinished): Promise<AwkwardServer> => {
  const child = fork(join(root, "test/support/programs/awkwardServer.mjs"), { execArgv: [] })
  finished(() => void child.kill())
  const ask = async <Answer>(what?: string): Promise<Answer> => {
    const answer = once(child, "message")
    if (what !== undefined) child.send(what)
    return (await answer)[0] as Answer
  }
  const { paths, port } = await ask<{ port: number; paths: ReadonlyArray<string> }>()
  return {
    port,
    paths,
    counts: async () => (await ask<{ counts: Record<string, number> }>("counts")).counts,
    reset: async () => {
      await ask("reset")
    }
  }
}
