/** Makes the plan of a recording, explains it, and writes it. */
import { Effect, Option } from "effect"
import { type Analysis, migrationPlanOf } from "../../../analysis/index.js"
import { analyseStore } from "../../../audit/index.js"
import { roundedDuration, settingDuration } from "../../../domain/DurationText.js"
import { becomes, isReplaced, mainReason } from "../../../domain/Verdict.js"
import { count, headline, noPollers, some } from "../../../report/index.js"
import { writePrivately } from "../../../store/index.js"
import { Store } from "../../../store/service.js"
import { accountsOf, knownGoals } from "../../Accounts.js"
import { UsageError } from "../../Failure.js"
import { columns, print, printJson } from "../../Output.js"
import { scheduleOf } from "../../Schedule.js"
import type { PlanOptions } from "./PlanCommand.js"

export const runPlan = (options: PlanOptions) =>
  Effect.gen(function* () {
    const schedule = yield* scheduleOf({ ...options, reconcile: "planned", migration: Option.none() })
    const analysis = yield* analyseStore({
      ...(yield* accountsOf(options)),
      from: null,
      to: null,
      ...schedule,
      ...(yield* knownGoals(options.slo))
    })
    const plan = migrationPlanOf(analysis, schedule.reconcileSeconds)
    const text = `${JSON.stringify(plan, null, 2)}\n`
    if (Option.isSome(options.out)) {
      const file = options.out.value
      yield* Effect.try({
        try: () => writePrivately(file, [text]),
        catch: (error) =>
          new UsageError({
            message: `${file} cannot be written (${(error as NodeJS.ErrnoException).code}): check the folder, its permissions and the room on its disk`
          })
      })
    }
    if (options.json) return yield* printJson(plan)
    yield* print(
      [...explained(analysis), ...(Option.isSome(options.out) ? ["", `written: ${options.out.value}`] : [])].join("\n")
    )
  }).pipe(Effect.provide(Store.layer(options.db, { mustExist: true })))

const explained = (analysis: Analysis): ReadonlyArray<string> => {
  const { calls, callsAfter, plans, pollers } = analysis
  if (pollers.length === 0) return [noPollers(calls)]
  const moving = pollers.filter(isReplaced)
  return [
    headline({
      totals: {
        calls,
        callsAfter,
        reduction: calls === 0 ? 0 : 1 - callsAfter / calls,
        reductionInterval: analysis.reductionInterval,
        extrapolation: analysis.extrapolation
      },
      callsAfterBreakdown: analysis.callsAfterBreakdown
    }),
    `${moving.length} of ${some(pollers.length, "poller")} give way to webhooks`,
    "",
    columns(
      ["integration", "endpoint", "becomes", "calls", "after", "p95 now", "p95 then", "why"],
      pollers.map((poller) => [
        poller.integration,
        poller.endpoint,
        becomes(poller),
        count(poller.calls),
        count(poller.callsAfter),
        poller.freshnessSeconds === null ? "" : roundedDuration(poller.freshnessSeconds.p95),
        poller.forecastFreshnessSeconds === null ? "" : roundedDuration(poller.forecastFreshnessSeconds.p95),
        mainReason(poller.reasons)
      ]),
      new Set([3, 4, 5, 6])
    ),
    ...plans.flatMap(({ account, bought, routes, schedule }) => [
      "",
      `${account}: events by ${routes.join(" + ")}${bought.map((one) => `; without ${one.route} ${count(one.calls)} calls more`).join("")}`,
      ...(schedule.length === 0
        ? []
        : [
            `  reconciled: ${schedule.map(({ entity, everySeconds }) => (everySeconds === null ? `${entity} off` : `${entity} every ${settingDuration(everySeconds)}`)).join(", ")}`
          ])
    ])
  ]
}
