/** Measured loss and latency in words: for the report and `plan --explain`. */
import { roundedDuration } from "../../domain/DurationText.js"
import type { PlanSection } from "../../domain/PlanSection.js"
import { fewestForEvidence } from "../../domain/PushEvidence.js"
import { count, percent, text } from "./Words.js"

/** A sentence for each entity type, and one on how long pushes take; without full stops. */
export const measuredSentences = ({
  deliveries,
  latencySeconds,
  loss
}: Pick<
  NonNullable<PlanSection["evidence"]>[number],
  "deliveries" | "latencySeconds" | "loss"
>): ReadonlyArray<string> => [
  ...loss.map(({ atMost, entity, lost, seen }) => {
    const changes = `of ${count(seen)} ${text(entity.replaceAll("_", " "))} changes`
    if (lost === 0) return `${changes} none was lost`
    const reckoned =
      seen < fewestForEvidence
        ? `and they are too few to reckon with (fewer than ${fewestForEvidence})`
        : `and the plan reckons with ${percent(atMost)}`
    return `${changes} ${count(lost)} came without a push, ${reckoned}`
  }),
  latencySeconds === null
    ? `${count(deliveries)} pushes do not tell how long they take: they are too few, or many had no moment of their own`
    : `pushes took ${roundedDuration(latencySeconds.p50)} at the median, ${roundedDuration(latencySeconds.p95)} at p95 (${count(deliveries)} of them)`
]
