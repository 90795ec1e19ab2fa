/** How the model's history begins and ends. */
import type { HistorySink } from "../../domain/History.js"
import type { Calls } from "./Calls.js"
import type { DeliverySimulation } from "./DeliverySimulation.js"
import type { Receiver } from "./Receiver.js"
import type { Scenario } from "./Scenario.js"
import type { Told } from "./Told.js"

/** The first line: the facts that the rest is held against. */
export const beginHistory = (scenario: Scenario, sink: HistorySink | null): void =>
  sink?.({
    k: "begin",
    version: 1,
    of: "model",
    account: scenario.account,
    from: scenario.from,
    to: scenario.to,
    settled: true,
    retries: scenario.delivery.retryAfterMs.length,
    limit: scenario.limit,
    types: scenario.types
      .filter(({ wanted }) => wanted)
      .map(({ deletionsShow, name }) => ({ entity: name, deletionsShow })),
    pollers: scenario.pollers.flatMap(({ mode, name, overlapMs, replaced, type }) =>
      replaced && type !== -1 && (mode !== "since" || overlapMs >= scenario.readLagMs)
        ? [{ name, entity: scenario.types[type]!.name }]
        : []
    )
  })

/** The last lines: the receiver's state, and the counts. */
export const endHistory = (parts: {
  readonly scenario: Scenario
  readonly sink: HistorySink | null
  readonly receiver: Receiver
  readonly kept: Calls
  readonly polled: Calls
  readonly deliveries: DeliverySimulation
  readonly told: Told
}): void => {
  const { kept, polled, deliveries, receiver, scenario, sink, told } = parts
  if (sink === null) return
  for (let entity = 0; entity < scenario.entities.count; entity++) {
    if (!receiver.knows(entity)) continue
    sink({
      k: "state",
      entity: told.typeOf(entity),
      id: told.idOf(entity),
      updatedAt: receiver.stamp[entity]!,
      deleted: receiver.isGone(entity),
      version: receiver.version[entity]!
    })
  }
  const { applied, duplicates, stored } = receiver.counts()
  sink({
    k: "end",
    stored,
    duplicates,
    attempts: deliveries.counts.attempts,
    applied,
    pollingCalls: polled.total(),
    webhookCalls: kept.total()
  })
}
