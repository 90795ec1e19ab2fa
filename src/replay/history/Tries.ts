/** Each delivery: no more tries than the sender's policy has, and none once it was acknowledged. */
import type { Begin, HistoryLine } from "../../domain/History.js"
import type { Wrong } from "./Violation.js"

interface Push {
  tries: number
  done: boolean
}

export const checkTries = ({ retries }: Begin, wrong: Wrong) => {
  const pushes = new Map<string, Push>()
  return (one: HistoryLine, line: number): void => {
    if (one.k === "answered") {
      const known = pushes.get(one.push)
      if (known !== undefined && one.ok) known.done = true
    } else if (one.k === "attempt") {
      const known = pushes.get(one.push) ?? { tries: 0, done: false }
      pushes.set(one.push, known)
      known.tries += 1
      if (known.done) wrong("tries", `push ${one.push} was tried again after it was acknowledged`, line)
      if (retries !== null && known.tries > retries + 1)
        wrong("tries", `push ${one.push} was tried ${known.tries} times: ${retries + 1} are allowed`, line)
    }
  }
}
