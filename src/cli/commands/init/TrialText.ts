/** The result of a trial run, as a table of hosts and the sentences that follow from it. */
import { columns } from "../../Output.js"
import type { NewConfig } from "./NewConfig.js"
import type { Trial } from "./Trial.js"

/** Hosts that the table has. */
const shownHosts = 12

export const trialText = (trial: Trial, config: NewConfig): string => {
  const { end, failure, otherHosts, recorded, recorderLoaded, seconds } = trial
  const ran = `the trial ran for ${seconds} s${failure !== null ? `: the program ${failure}` : end === null ? "" : ", then the program ended by itself"}`
  if (recorded.length === 0 && otherHosts.length === 0)
    return recorderLoaded
      ? `${ran}: it made no call, so give it longer with --trial, or start a part that polls`
      : `${ran}: no Node program below it made a call; programs in other languages are recorded by hookshift proxy`
  const rows = [
    ...recorded.map(({ account, calls }) => [account, String(calls), "recorded"]),
    ...otherHosts.slice(0, shownHosts).map(({ calls, host }) => [host, String(calls), "not recorded"])
  ]
  const further = otherHosts.length - shownHosts
  const missed = recorded.length === 0 ? `no call went to ${config.account}` : null
  return [
    ran,
    "",
    columns(["host", "calls", ""], rows, new Set([1])),
    ...(further > 0 ? [`and ${further} more hosts that are not recorded`] : []),
    ...(missed === null ? [] : ["", missed])
  ].join("\n")
}
