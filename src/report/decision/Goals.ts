/** Which freshness goals (`--slo`) are met by the forecast and on the replay, and by how much others are missed. */
import { roundedDuration } from "../../domain/DurationText.js"
import { beyond, type GoalOutcome, isMet } from "../../domain/GoalOutcome.js"

/** Writes a name from a recording. */
type Write = (name: string) => string

const goalText = ({ at, entity, seconds }: GoalOutcome): string =>
  `${entity.replaceAll("_", " ")} within ${roundedDuration(seconds)} at ${at === "max" ? "the worst" : at}`

/** "ticket within 5 min at p95 (forecast 7.7 min for desk, 2.7 min too late; replay 4 min)" */
const goalOutcomeText = (goal: GoalOutcome, write: Write): string => {
  const { forecast, replay } = goal
  const late = (seconds: number, whose: string): string => {
    const by = beyond(goal, seconds)
    return by === 0
      ? roundedDuration(seconds)
      : `${roundedDuration(seconds)} for ${whose}, ${roundedDuration(Math.max(0.1, by))} too late`
  }
  const asNow =
    forecast !== null && beyond(goal, forecast.seconds) > 0 && beyond(goal, forecast.nowSeconds) > 0
      ? `; polling misses it too (${roundedDuration(forecast.nowSeconds)}), and then the plan keeps no more than that`
      : ""
  const told = [
    ...(forecast === null ? [] : [`forecast ${late(forecast.seconds, write(forecast.integration))}`]),
    ...(replay === null ? [] : [`replay ${late(replay.seconds, write(replay.account))}`])
  ]
  return `${goalText(goal)} (${told.length === 0 ? "no poller tells how fresh it is" : `${told.join(", ")}${asNow}`})`
}

const missedGoals = (goals: ReadonlyArray<GoalOutcome>): ReadonlyArray<GoalOutcome> =>
  goals.filter((goal) => isMet(goal) === false)

/** A line for each missed goal, for the console. */
export const missedGoalLines = (goals: ReadonlyArray<GoalOutcome>): ReadonlyArray<string> =>
  missedGoals(goals).map((goal) => `--slo is missed: ${goalOutcomeText(goal, (name) => name)}`)

/** Inline Markdown, without full stop. */
export const goalsSentence = (goals: ReadonlyArray<GoalOutcome>, write: Write): string => {
  const of = (met: boolean | null): string =>
    goals
      .filter((goal) => isMet(goal) === met)
      .map((goal) => goalOutcomeText(goal, write))
      .join("; ")
  const [met, missed, unknown] = [of(true), of(false), of(null)]
  const rest = unknown === "" ? "" : `. Unknown: ${unknown}`
  if (missed !== "") return `**\`--slo\` is missed**: ${missed}${met === "" ? "" : `. Met: ${met}`}${rest}`
  return met === ""
    ? `**\`--slo\` cannot be judged**: ${unknown}`
    : `**The freshness is what \`--slo\` asks for**: ${met}${rest}`
}
