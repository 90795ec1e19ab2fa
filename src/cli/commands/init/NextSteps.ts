/** The next three commands after `init`, ready to paste, by what the trial and the checks have shown. Pure. */
import type { Check } from "../../../doctor/index.js"
import { some } from "../../../report/index.js"
import { shellText } from "../../StartCommand.js"
import type { Answers } from "./Answers.js"
import type { NewConfig } from "./NewConfig.js"
import type { Trial } from "./Trial.js"

export interface NextStep {
  readonly command: string
  readonly why: string
}

interface Situation {
  readonly answers: Answers
  readonly config: NewConfig
  readonly trial: Trial | null
  /** Calls of the trial that the recording begins with. */
  readonly kept: number
  readonly checks: ReadonlyArray<Check>
  readonly isNode: boolean
}

export const nextSteps = (situation: Situation): ReadonlyArray<NextStep> => {
  const { answers, checks, config, isNode, kept } = situation
  const start = shellText(answers.start)
  const mend = [
    ...missedHost(situation),
    ...(checks.some(({ check, state }) => check === "secret" && state === "failed")
      ? [
          {
            command: `export ${config.apiKeyEnv}=…`,
            why: "the API key, for checks, subscriptions and reconciliation; recording works without it"
          }
        ]
      : checks.some(({ state }) => state === "failed")
        ? [{ command: "npx hookshift doctor", why: "once the check above that failed is mended" }]
        : [])
  ]
  const record = isNode
    ? {
        command: "npx hookshift record",
        why: `starts ${start}, and records until it is stopped: for figures that hold, about a day`
      }
    : {
        command: `npx hookshift proxy --listen 127.0.0.1:8788 --upstream ${config.baseUrl}`,
        why: `records a program in any language: start ${start} with http://127.0.0.1:8788 as the account's base URL`
      }
  const audit = {
    command: "npx hookshift audit",
    why:
      kept > 0
        ? `a first look, from the trial's ${some(kept, "call")}`
        : "the report on what was recorded, into reports/"
  }
  const whereabouts = { command: "npx hookshift", why: "where you stand, and what comes next" }
  return [...mend, ...(kept > 0 ? [audit, record] : [record, audit]), whereabouts].slice(0, 3)
}

/** No call of the trial was recorded, although other hosts were called. */
const missedHost = ({ answers, config, trial }: Situation): ReadonlyArray<NextStep> => {
  const host = trial !== null && trial.recorded.length === 0 ? trial.otherHosts[0]?.host : undefined
  if (host === undefined) return []
  return [
    {
      command: `npx hookshift init --force --product ${config.product} --domain ${answers.domain} --host ${host} -- ${shellText(answers.start)}`,
      why: `if ${host} is the account under another name (a proxy, an alias); else check the domain`
    }
  ]
}
