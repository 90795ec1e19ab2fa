/**
 * Pictures that fit any width: SVG stretches with the page, strokes and text keep their size, since labels are HTML.
 * Drawn when the report is written; they need no script. Paths have whole, relative coordinates.
 */
export interface Picture {
  readonly title: string
  /** Text alternative, plain. */
  readonly description: string
  readonly html: string
}

/** A mark of an axis, from 0 to 1. */
export interface Tick {
  readonly at: number
  readonly label: string
}

export type Colour = "now" | "after" | "limit" | "other" | "soft"

export interface Plot {
  /** Of the area, in pixels. */
  readonly height: number
  readonly x: ReadonlyArray<Tick>
  /** From the bottom. */
  readonly y: ReadonlyArray<Tick>
  /** Widest label of the y axis, in characters. */
  readonly labels: number
  readonly legend: ReadonlyArray<readonly [colour: Colour, name: string]>
  /** In the units of `box`. */
  readonly svg?: string
  readonly box?: readonly [width: number, height: number]
  /** HTML on top of it. */
  readonly marks?: string
}

const share = (at: number): string => `${Math.round(at * 1_000) / 10}%`

/** Labels and names are this program's own words and escaped names. */
export const plot = ({ box = [1_000, 1_000], height, labels, legend, marks = "", svg = "", x, y }: Plot): string => {
  const keys = legend.map(([colour, name]) => `<li class="${colour}">${name}</li>`).join("")
  const rows = y.map(({ at, label }) => `<span style="bottom:${share(at)}">${label}</span>`).join("")
  const columns = x.map(({ at, label }) => `<span style="left:${share(at)}">${label}</span>`).join("")
  const lines = y.map(({ at }) => `<hr style="bottom:${share(at)}">`).join("")
  const drawing =
    svg === ""
      ? ""
      : `<svg viewBox="0 0 ${box[0]} ${box[1]}" preserveAspectRatio="none" aria-hidden="true">${svg}</svg>`
  return [
    keys === "" ? "" : `<ul class="keys">${keys}</ul>`,
    `<div class="plot" style="--l:${labels}ch;--h:${height}px"><div class="ys">${rows}</div>`,
    `<div class="area">${lines}${drawing}${marks}</div><div class="xs">${columns}</div></div>`
  ].join("")
}

/** A mark at a point, with a word in it. */
export const mark = (colour: Colour, x: number, y: number, word: string): string =>
  `<b class="${colour}" style="left:${share(x)};bottom:${share(y)}">${word}</b>`

/** A line of steps: each value for one unit of x, from the bottom of a box of `high`. */
export const stepPath = (values: ReadonlyArray<number>, high: number, most: number): string => {
  const heights = values.map((value) => high - Math.round((value / most) * high))
  let path = `M0 ${heights[0] ?? high}`
  let run = 0
  for (const [at, height] of heights.entries()) {
    run++
    const rise = (heights[at + 1] ?? height) - height
    if (rise === 0 && at < heights.length - 1) continue
    path += `h${run}${rise === 0 ? "" : `v${rise}`}`
    run = 0
  }
  return path
}

/** A line through points, as whole coordinates relative to each other. */
export const linePath = (points: ReadonlyArray<readonly [x: number, y: number]>): string => {
  let [x, y] = [0, 0]
  return points
    .map(([toX, toY], at) => {
      const [nextX, nextY] = [Math.round(toX), Math.round(toY)]
      const [right, down] = [nextX - x, nextY - y]
      ;[x, y] = [nextX, nextY]
      return at === 0 ? `M${nextX} ${nextY}` : right === 0 && down === 0 ? "" : `l${right} ${down}`
    })
    .join("")
}

/** Dots: lines of no length with round ends. */
export const dotPath = (points: ReadonlyArray<readonly [x: number, y: number]>): string =>
  points.map(([x, y]) => `M${Math.round(x)} ${Math.round(y)}h0`).join("")
