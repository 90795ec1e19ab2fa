/** Rules on credentials: shared, personal, revoked. */
import { actorOf } from "../../domain/Call.js"
import { iso } from "../../domain/Figures.js"
import { groupBy } from "../../domain/Grouping.js"
import type { StreamRecording } from "../../domain/Recording.js"
import { evidenceOf, firstCalls, type Rule, type RuleFinding, rowsOf, times } from "./Rule.js"

/** Product tokens of browsers. */
const browsers = /^(?:mozilla|chrome|safari|firefox|edge|opera)$/i

const byKey = (streams: ReadonlyArray<StreamRecording>) =>
  groupBy(
    streams.filter(({ stream }) => stream.principal !== null),
    ({ stream }) => `${stream.account} ${stream.principal}`
  )

export const sharedKey: Rule = {
  id: "shared-key",
  severity: "warning",
  title: "One key for several integrations",
  find: ({ recording }) =>
    [...byKey(recording.streams).values()].flatMap((streams): ReadonlyArray<RuleFinding> => {
      const names = [...new Set(streams.map(({ stream }) => stream.integration))]
        .filter((name) => !browsers.test(name))
        .sort()
      if (names.length < 2) return []
      const { account, principal } = streams[0]!.stream
      return [
        {
          pollerId: null,
          about: [account, ...names],
          message: `${names.length} integrations of ${account} use one key (${principal}): ${names.join(", ")}: whoever revokes it stops them all, and nobody can tell who used up the limit`,
          consequence: null,
          fix: "give each integration a service account and a key of its own",
          evidence: evidenceOf(
            firstCalls(names.map((name) => streams.find(({ stream }) => stream.integration === name)!))
          )
        }
      ]
    })
}

export const personalKey: Rule = {
  id: "personal-key",
  severity: "warning",
  title: "A person's key",
  find: ({ detection, recording }) =>
    [...byKey(recording.streams).values()].flatMap((streams): ReadonlyArray<RuleFinding> => {
      const person = streams.filter(({ stream }) => browsers.test(stream.integration))
      const { account, principal } = streams[0]!.stream
      const polling = detection.pollers.filter(
        ({ stream }) =>
          stream.account === account && stream.principal === principal && !browsers.test(stream.integration)
      )
      if (person.length === 0 || polling.length === 0) return []
      return [
        {
          pollerId: polling[0]!.id,
          message: `${[...new Set(polling.map(({ stream }) => stream.integration))].join(", ")} of ${account} ${polling.length === 1 ? "polls" : "poll"} with the key that a browser uses too (${principal}): a person's, and it ends when the person leaves`,
          consequence: null,
          fix: "make a service account with the least rights that do, and give the integration its key",
          evidence: evidenceOf(firstCalls(person))
        }
      ]
    })
}

const fewestRefused = 5
/** Share of the calls since the first refusal. */
const shareRefused = 0.9

export const revokedKey: Rule = {
  id: "revoked-key",
  severity: "error",
  title: "Goes on with a key that is refused",
  find: ({ recording }) =>
    [...groupBy(recording.streams, ({ stream }) => actorOf(stream)).values()].flatMap(
      (streams): ReadonlyArray<RuleFinding> => {
        const refused = streams.flatMap((one) => [...rowsOf(one)].filter(({ row }) => one.calls.status[row] === 401))
        if (refused.length < fewestRefused) return []
        refused.sort((a, b) => a.recording.calls.startedAt[a.row]! - b.recording.calls.startedAt[b.row]!)
        const from = refused[0]!.recording.calls.startedAt[refused[0]!.row]!
        // From the first refusal on, nearly all calls are refused.
        let since = 0
        for (const { calls } of streams) for (const at of calls.startedAt) if (at >= from) since += 1
        if (refused.length < since * shareRefused) return []
        const { account, integration } = streams[0]!.stream
        const last = refused.at(-1)!.recording.calls.startedAt[refused.at(-1)!.row]!
        return [
          {
            pollerId: null,
            about: [account, integration],
            message: `${integration} was refused ${times(refused.length)} on ${account} (401) and goes on all the same: since ${iso(from)} it has learnt nothing`,
            consequence: { calls: refused.length, seconds: Math.round((last - from) / 1_000) },
            fix: "give it a valid key, and let it stop and raise an alarm at a 401",
            evidence: evidenceOf(refused)
          }
        ]
      }
    )
}
