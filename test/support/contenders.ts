/** Two receivers that contend for one inbox, each started again by its supervisor whenever it ends or is refused. */
import type { ChildProcess } from "node:child_process"
import { onTestFinished } from "vitest"
import { ended, startCli } from "./cli.js"

export interface Owner {
  readonly child: ChildProcess
  readonly url: string
  /** Names this run of a receiver to the target. */
  readonly path: string
  /** Log lines so far. */
  readonly said: () => string
}

export interface Contenders {
  readonly owner: () => Owner | null
  /** Resolves with `null` at the next change. */
  readonly ownerChanges: () => Promise<null>
  readonly starts: () => number
  /** `named` for a refusal that names the owner; any other is told in full. */
  readonly refused: ReadonlyArray<string>
  /** Refusals because of a lock that a stopped owner holds. */
  readonly lockedOut: () => number
  /** The last that a run of a receiver said. */
  readonly said: (path: string) => string
  /** Starts no further receiver. */
  readonly over: () => void
}

/** As a supervisor waits before it starts a program again. */
const restartAfterMs = 100

export const contend = (options: {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly args: (path: string) => ReadonlyArray<string>
}): Contenders => {
  let owner: Owner | null = null
  let starts = 0
  let lockedOut = 0
  let over = false
  const refused: Array<string> = []
  const sayings = new Map<string, () => string>()
  const waiting: Array<() => void> = []
  const setOwner = (next: Owner | null): void => {
    owner = next
    for (const tell of waiting.splice(0)) tell()
  }
  const supervise = async (name: string): Promise<void> => {
    while (!over) {
      const path = `/${name}${++starts}`
      try {
        const { child, ready } = await startCli(options.args(path), { cwd: options.folder, env: options.env })
        let said = ""
        child.stderr!.on("data", (chunk) => {
          said += chunk
        })
        sayings.set(path, () => said)
        setOwner({ child, url: ready.url, path, said: () => said })
        await ended(child)
        if ((owner as Owner | null)?.child === child) setOwner(null)
      } catch (error) {
        // The other one is there: the next try.
        const said = String(error)
        refused.push(/ended with 3 .*another receiver, process \d+ on /s.test(said) ? "named" : said)
        if (said.includes("stopped in the middle of a write")) lockedOut += 1
        await new Promise((resolve) => setTimeout(resolve, restartAfterMs))
      }
    }
  }
  // A test that fails leaves nobody to start.
  onTestFinished(() => {
    over = true
  })
  void supervise("a")
  void supervise("b")
  return {
    owner: () => owner,
    ownerChanges: () => new Promise((resolve) => waiting.push(() => resolve(null))),
    starts: () => starts,
    refused,
    lockedOut: () => lockedOut,
    said: (path) => sayings.get(path)?.() ?? "",
    over: () => {
      over = true
    }
  }
}
