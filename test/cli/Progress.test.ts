/** Progress on a terminal and in a pipe, with a clock and a stream of the test's own. */
import { afterEach, describe, expect, it, vi } from "vitest"
import { makeProgress } from "../../src/cli/Progress.js"
import { remainingSeconds } from "../../src/domain/Remaining.js"

const stream = (terminal?: { readonly columns: number }) => {
  let text = ""
  return {
    out: {
      ...(terminal === undefined ? {} : { isTTY: true, columns: terminal.columns }),
      write: (piece: string | Uint8Array) => {
        text += String(piece)
        return true
      }
    } as Pick<NodeJS.WriteStream, "write"> & { readonly isTTY?: boolean; readonly columns?: number },
    text: () => text
  }
}

const clock = () => {
  let at = 0
  return {
    now: () => at,
    pass: (seconds: number) => {
      at += seconds * 1_000
    }
  }
}

describe("an estimate of what is left", () => {
  it.each([
    [10, 0.5, 10],
    [30, 0.75, 10],
    [10, 0, null],
    [10, 0.01, null],
    [10, 1, null]
  ])("after %d s at a share of %d: %s", (seconds, share, left) => {
    expect(remainingSeconds(seconds, share)).toBe(left)
  })
})

describe("in a pipe", () => {
  afterEach(() => void vi.useRealTimers())
  it("is a line each ten seconds, with an estimate", () => {
    const { now, pass } = clock()
    const { out, text } = stream()
    const progress = makeProgress({ quiet: false, out, now })
    for (let second = 0; second < 25; second += 1) {
      progress.show("replaying", second / 100)
      pass(1)
    }
    progress.done()
    expect(text()).toBe("hookshift: replaying, 10 %, about 2 min left\nhookshift: replaying, 20 %, about 80 s left\n")
  })
  it("goes on while the work waits, and ends with it", () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] })
    const { now, pass } = clock()
    const { out, text } = stream()
    const progress = makeProgress({ quiet: false, out, now })
    progress.show("waiting for \u001b[31mothers", 0)
    pass(11)
    vi.advanceTimersByTime(11_000)
    expect(text()).toBe("hookshift: waiting for \\x1b[31mothers, 11 s so far\n")
    progress.done()
    pass(20)
    vi.advanceTimersByTime(20_000)
    expect(text().split("\n")).toHaveLength(2)
  })
  it("is nothing for short work, nor with --quiet", () => {
    const { now, pass } = clock()
    const { out, text } = stream()
    for (const quiet of [false, true]) {
      const progress = makeProgress({ quiet, out, now })
      progress.show("analysing", 0.5)
      pass(quiet ? 60 : 9)
      progress.show("analysing", 0.9)
      progress.done()
    }
    expect(text()).toBe("")
  })
})

describe("on a terminal", () => {
  const lastOf = (text: string): string => text.split("\r").at(-1)!
  it.each([200, 80, 60, 40, 20])(
    "of %d columns is a bar that fits, with an estimate where there is room",
    (columns) => {
      const { now, pass } = clock()
      const { out, text } = stream({ columns })
      const progress = makeProgress({ quiet: false, out, now })
      progress.show("replaying the day with webhooks", 0.1)
      pass(30)
      progress.show("replaying the day with webhooks", 0.5)
      const line = lastOf(text()).trimEnd()
      expect(line.length).toBeLessThan(columns)
      expect(line).toMatch(/^repl.* █+░+ +50 %/)
      expect(line.includes("about 30 s left")).toBe(columns >= 80)
      progress.done()
      expect(lastOf(text())).toBe("")
    }
  )
  it("shows no estimate before five seconds of work, and draws the same line once", () => {
    const { now, pass } = clock()
    const { out, text } = stream({ columns: 120 })
    const progress = makeProgress({ quiet: false, out, now })
    progress.show("importing", 0.2)
    pass(4)
    progress.show("importing", 0.5)
    progress.show("importing", 0.5)
    expect(text()).not.toContain("left")
    expect(text().split("\r")).toHaveLength(3)
  })
  it("leaves nothing of a longer line behind", () => {
    const { now, pass } = clock()
    const { out, text } = stream({ columns: 120 })
    const progress = makeProgress({ quiet: false, out, now })
    pass(30)
    progress.show("a", 0.1)
    pass(10)
    progress.show("a", 0.5)
    const long = lastOf(text()).length
    progress.show("b", 0)
    expect(lastOf(text()).length).toBeGreaterThanOrEqual(long)
  })
})
