/** The section on the live comparison of polling and a running receiver. */
import { roundedDuration } from "../../domain/DurationText.js"
import type { ShadowLine, ShadowSection } from "../../domain/ShadowSection.js"
import { code, count, moment, percent, table, text } from "./Words.js"

const verdicts: Readonly<Record<ShadowLine["verdict"], string>> = {
  safe: "safe",
  notYet: "not yet",
  cutOver: "cut over",
  regression: "**regression**"
}

export const liveComparison = ({ alarms, at, confidence, pollers, safe, tolerated }: ShadowSection): string =>
  [
    "## Both paths, live",
    "",
    pollers.length === 0
      ? "The receiver has got deliveries, but no poller was recorded beside them."
      : `${safe ? "**Cutting over is safe**" : "**Not everything may be cut over yet**"}, asked for ${percent(confidence)} confidence that pushes lose at most ${percent(tolerated)} of the changes (${moment(at)} UTC; \`hookshift shadow\` looks again).`,
    ...alarms.map(({ entity, message, source }) => `\n**Alarm**, ${text(source)} ${text(entity)}: ${text(message)}`),
    ...(pollers.length === 0
      ? []
      : [
          "",
          table(
            "lllrrrrrrll",
            [
              "integration",
              "endpoint",
              "entity",
              "changes",
              "pushed",
              "ahead by",
              "not covered",
              "lost",
              "only pushed",
              "verdict",
              "why"
            ],
            pollers.map((poller) => [
              text(poller.integration),
              code(poller.endpoint),
              text(poller.entity),
              count(poller.changes),
              count(poller.pushed),
              poller.aheadSeconds === null ? "" : roundedDuration(poller.aheadSeconds.p50),
              count(poller.notCovered),
              count(poller.lost),
              count(poller.onlyPushed),
              verdicts[poller.verdict],
              text(poller.why)
            ])
          )
        ])
  ].join("\n")
