/**
 * Which parts of `src/` an input reached, by V8's own precise coverage in this process (`node:inspector`). It sees ES
 * modules and TypeScript as the tests load them; jazzer.js 4 instruments CommonJS on its way through `require`, and
 * none of these.
 */
import { Session } from "node:inspector"

interface Range {
  readonly startOffset: number
  readonly endOffset: number
  readonly count: number
}

interface Script {
  readonly url: string
  readonly scriptId: string
  readonly functions: ReadonlyArray<{ readonly ranges: ReadonlyArray<Range> }>
}

export interface Coverage {
  /** Whether code ran since the last call that had never run before. */
  readonly reachedMore: () => boolean
  /** Takes back what the last call of `reachedMore` found. */
  readonly forgetLast: () => void
  /** Characters of `src/` that ran at least once. */
  readonly reached: () => number
  readonly stop: () => void
}

export const startCoverage = (folders: ReadonlyArray<string>): Coverage => {
  const session = new Session()
  session.connect()
  session.post("Profiler.enable")
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true })
  const reached = new Map<string, Uint8Array>()
  let last: Array<readonly [known: Uint8Array, at: number]> = []
  let characters = 0

  const take = (): ReadonlyArray<Script> => {
    let scripts: ReadonlyArray<Script> = []
    // An in-process session answers before `post` returns.
    session.post("Profiler.takePreciseCoverage", (error, { result }) => {
      if (error === null) scripts = result
    })
    return scripts.filter(({ url }) => folders.some((folder) => url.includes(`/src/${folder}`)))
  }

  /** Inner ranges stand behind outer ones and say more exactly which of their characters ran. */
  const paint = ({ functions, scriptId }: Script): void => {
    const end = Math.max(0, ...functions.flatMap(({ ranges }) => ranges.map(({ endOffset }) => endOffset)))
    let known = reached.get(scriptId)
    if (known === undefined || known.length < end) {
      const larger = new Uint8Array(end)
      if (known !== undefined) larger.set(known)
      reached.set(scriptId, larger)
      known = larger
    }
    const now = new Uint8Array(end)
    const outerFirst = [...functions].sort((a, b) => a.ranges[0]!.startOffset - b.ranges[0]!.startOffset)
    for (const { ranges } of outerFirst)
      for (const { count, endOffset, startOffset } of ranges) now.fill(count > 0 ? 1 : 0, startOffset, endOffset)
    for (let at = 0; at < end; at++) {
      if (now[at] === 0 || known[at] === 1) continue
      known[at] = 1
      last.push([known, at])
    }
  }

  return {
    reachedMore: () => {
      last = []
      take().forEach(paint)
      characters += last.length
      return last.length > 0
    },
    forgetLast: () => {
      for (const [known, at] of last) known[at] = 0
      characters -= last.length
      last = []
    },
    reached: () => characters,
    stop: () => session.disconnect()
  }
}
