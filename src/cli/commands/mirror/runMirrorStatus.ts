/**
 * The mirror's answers by integration and endpoint, reasons for which the rest went through, outcomes of comparisons.
 */
import { Clock, Effect } from "effect"
import { count, counted } from "../../../domain/Figures.js"
import { explain } from "../../../store/index.js"
import { columns, print, printJson } from "../../Output.js"
import type { MirrorStatusOptions } from "./MirrorCommand.js"
import { type MirrorLine, readMirrorReport, reasonsOf } from "./MirrorLines.js"

const comparedText = ({ behindSeconds, compared, right, wrong }: MirrorLine): string => {
  if (behindSeconds === null) return ""
  const dark = right + wrong === 0 ? "" : `${right} right, ${wrong} wrong: `
  return `${dark}${reasonsOf(compared)}; behind p95 ${behindSeconds.p95.toFixed(1)} s`
}

/** The mirror's own readings are a cost. */
const savedText = (requests: number, hits: number, own: number): string => {
  const answered = `${count(hits)} of ${count(requests)} requests were answered from the state`
  if (own === 0) return hits === 0 ? answered : `${answered}: so many calls were saved`
  return `${answered}: so many calls were saved, but for ${counted(own, "reading")} of the mirror's own, of a call or some pages each`
}

const sentences: Readonly<Record<string, string>> = {
  shown: "shown to see everything",
  "looked at": "compared, not shown to see everything",
  closed: "contradicted: all goes through"
}

export const runMirrorStatus = (options: MirrorStatusOptions) =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const report = yield* Effect.try({
      try: () => readMirrorReport(options.db, now),
      catch: (error) => explain(error, options.db)
    })
    const { callers, integrations: lines } = report
    if (options.json) return yield* printJson(report)
    if (lines.length === 0)
      return yield* print(
        "No request has come to a mirror on this database yet: hookshift mirror --dark, or see docs/mirror.md"
      )
    const [requests, hits] = [
      lines.reduce((sum, one) => sum + one.requests, 0),
      lines.reduce((sum, one) => sum + one.hits, 0)
    ]
    yield* print(
      [
        columns(
          ["source", "integration", "endpoint", "requests", "from the state", "went through", "compared"],
          lines.map((line) => [
            line.source,
            line.integration,
            line.endpoint,
            String(line.requests),
            String(line.hits),
            reasonsOf(line.passed),
            comparedText(line)
          ]),
          new Set([3, 4])
        ),
        "",
        savedText(requests, hits, report.ownReadings),
        ...(callers.length === 0
          ? []
          : [
              "",
              columns(
                ["source", "integration", "callers", "entity", "not configured"],
                callers.map(({ callers: count, entity, integration, source, standing }) => [
                  source,
                  integration,
                  String(count),
                  entity === "" ? "all" : entity,
                  sentences[standing] ?? standing
                ]),
                new Set([2])
              )
            ])
      ].join("\n")
    )
  })
