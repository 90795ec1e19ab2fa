/** Rule on clocks: the program's differs from the provider's. */
import { evidenceOf, firstCalls, type Rule, type RuleFinding } from "./Rule.js"

/** Least difference that distorts freshness figures and time windows of whole seconds. */
const notableSkewMs = 2_000

export const clockSkew: Rule = {
  id: "clock-skew",
  severity: "warning",
  title: "Clocks of program and provider differ",
  find: ({ recording, skews }) =>
    skews.flatMap(({ account, integration, skewMs, uncertaintyMs }): ReadonlyArray<RuleFinding> => {
      if (Math.abs(skewMs) - uncertaintyMs < notableSkewMs) return []
      const streams = recording.streams.filter(
        ({ stream }) => stream.account === account && stream.integration === integration
      )
      const seconds = Math.round(Math.abs(skewMs) / 100) / 10
      return [
        {
          pollerId: null,
          about: [account, integration],
          message: `the clock where ${integration} runs is ${seconds} s ${skewMs > 0 ? "behind" : "ahead of"} that of ${account}: time windows that it makes by its own clock ${skewMs > 0 ? "overlap by as much" : "leave out as much, for ever"}`,
          consequence: { calls: null, seconds },
          fix: "let the machine's clock be set (NTP), and take time windows from the provider's own stamps",
          evidence: evidenceOf(firstCalls(streams))
        }
      ]
    })
}
