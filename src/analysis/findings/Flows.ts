/** Calls that a program makes one after the other: a poller's, or those of no poller to one endpoint. Pure. */
import { endpointName } from "../../domain/Endpoint.js"
import { groupBy } from "../../domain/Grouping.js"
import type { TrafficKind } from "../../domain/Poller.js"
import { callsInTime, nameOf, type PlacedCall } from "../detection/DetectedPoller.js"
import type { Detection, Unattributed } from "../detection/Detection.js"
import type { RuleSubject } from "./Rule.js"

export interface Flow {
  readonly subject: RuleSubject
  /** Integration and endpoint, for a sentence. */
  readonly name: string
  /** Oldest first. */
  readonly calls: ReadonlyArray<PlacedCall>
  /** Fewest calls of a kind that tell of the program: a single one of no rhythm may be chance. */
  readonly fewest: number
}

/** Traffic without a program that could pace it. */
const unpaced: ReadonlySet<TrafficKind> = new Set(["probe", "irregular"])
const fewestUnattributed = 3

/** Pollers first. */
export const flowsOf = function* ({ pollers, unattributed }: Detection): Generator<Flow> {
  for (const poller of pollers)
    yield { subject: { pollerId: poller.id }, name: nameOf(poller), calls: [...callsInTime(poller)], fewest: 1 }
  const programs = groupBy(
    unattributed.filter(({ kind }) => !unpaced.has(kind)),
    ({ stream }) => JSON.stringify([stream.account, stream.integration, stream.principal, endpointOf(stream)])
  )
  for (const group of programs.values()) {
    const { stream } = group[0]!
    yield {
      subject: {
        pollerId: null,
        integration: stream.integration,
        about: [stream.account, stream.integration, endpointOf(stream)]
      },
      name: nameOf({ stream }),
      calls: placed(group),
      fewest: fewestUnattributed
    }
  }
}

const endpointOf = ({ method, template }: Unattributed["stream"]): string => endpointName(method, template)

const placed = (group: ReadonlyArray<Unattributed>): ReadonlyArray<PlacedCall> =>
  group
    .flatMap(({ recording, rows }) => rows.map((row): PlacedCall => ({ recording, row, sweep: -1 })))
    .sort(
      ({ recording: { calls: a }, row: one }, { recording: { calls: b }, row: other }) =>
        a.startedAt[one]! - b.startedAt[other]! || a.id[one]! - b.id[other]!
    )
