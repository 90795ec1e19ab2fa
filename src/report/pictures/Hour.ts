/** One hour of both paths: marks of what each did, and the age of the oldest change that it had not brought. */
import { roundedDuration } from "../../domain/DurationText.js"
import type { ReplayTimeline, StalenessPoint, TimelineMark } from "../../domain/Replay.js"
import { count, moment } from "../markdown/Words.js"
import { clockTicks } from "./Axes.js"
import { type Colour, dotPath, type Picture, plot } from "./Plot.js"

const rowHeight = 24
const areaHeight = 80
/** Units of x across the hour. */
const across = 1_200

interface Row {
  readonly name: string
  readonly colour: Colour
  readonly marks: ReadonlyArray<TimelineMark>
}

const worst = (points: ReadonlyArray<StalenessPoint>): number =>
  points.reduce((most, { seconds: age }) => Math.max(most, age), 0)

const rowsOf = (rows: ReadonlyArray<Row>, seconds: number) => {
  const y = (at: number): number => at * 10 + 5
  const points = (row: Row, at: number, found: boolean) =>
    row.marks.filter((mark) => mark.found > 0 === found).map((mark) => [(mark.at / seconds) * across, y(at)] as const)
  return rows
    .map((row, at) => {
      const [full, hollow] = [dotPath(points(row, at, true)), dotPath(points(row, at, false))]
      const drawn = (path: string, kind: string): string =>
        path === "" ? "" : `<path class="dots ${kind}" d="${path}"/>`
      return `${drawn(full, row.colour)}${drawn(hollow, row.colour)}${drawn(hollow, "hole")}`
    })
    .join("")
}

/** The age over time, as an area in a box of 100. */
const areaPath = (points: ReadonlyArray<StalenessPoint>, seconds: number, most: number): string => {
  let path = "M0 100"
  for (const { at, seconds: age } of points)
    path += `L${Math.round((at / seconds) * across)} ${100 - Math.round((age / most) * 100)}`
  return `${path}L${across} 100z`
}

export const hourOf = ({ account, changes, from, polling, seconds, webhook }: ReplayTimeline): Picture => {
  // Both paths share one scale.
  const most = Math.max(60, worst(polling.staleness), worst(webhook.staleness))
  const x = clockTicks(from, seconds)
  const dots = (rows: ReadonlyArray<Row>): string =>
    plot({
      height: rows.length * rowHeight,
      labels: 14,
      x: [],
      y: rows.map(({ name }, at) => ({ at: 1 - (at + 0.5) / rows.length, label: name })),
      legend: [],
      box: [across, rows.length * 10],
      svg: rowsOf(rows, seconds)
    })
  const areas = (svg: string): string =>
    plot({
      height: areaHeight,
      labels: 14,
      x,
      y: [
        { at: 0, label: "0" },
        { at: 1, label: `age ${roundedDuration(most)}` }
      ],
      legend: [],
      box: [across, 100],
      svg
    })
  const area = (colour: Colour, points: ReadonlyArray<StalenessPoint>): string =>
    `<path class="fill ${colour}" d="${areaPath(points, seconds, most)}"/>`
  const told: Row = { name: "changes", colour: "other", marks: changes }
  const empty = polling.sweeps.filter(({ found }) => found === 0).length
  return {
    title: `An hour of ${account}, polling above webhooks`,
    description: [
      `From ${moment(from)} UTC, the hour with most changes: ${count(changes.length)} changes.`,
      `Polling: ${count(polling.sweeps.length)} sweeps, ${count(empty)} of them empty (hollow).`,
      `Webhooks: ${count(webhook.deliveries.length)} deliveries, ${count(webhook.retries.length)} retries,`,
      `${count(webhook.hydrations.length)} fetches, ${count(webhook.reconciliation.length)} reconciliation sweeps.`,
      "The areas are the age of the oldest change that the path has not brought:",
      `up to ${roundedDuration(worst(polling.staleness))} by polling;`,
      `by webhooks up to ${roundedDuration(worst(webhook.pushedStaleness))} where an event tells of it (dark),`,
      `and up to ${roundedDuration(worst(webhook.staleness))} where none does and it waits for reconciliation (light).`
    ].join(" "),
    html: [
      "<p>Polling</p>",
      dots([told, { name: "sweeps", colour: "now", marks: polling.sweeps }]),
      areas(area("now", polling.staleness)),
      "<p>Webhooks</p>",
      dots([
        told,
        { name: "deliveries", colour: "after", marks: webhook.deliveries },
        { name: "retries", colour: "limit", marks: webhook.retries },
        { name: "fetches", colour: "after", marks: webhook.hydrations },
        { name: "reconciliation", colour: "after", marks: webhook.reconciliation }
      ]),
      areas(`${area("soft", webhook.staleness)}${area("after", webhook.pushedStaleness)}`)
    ].join("")
  }
}
