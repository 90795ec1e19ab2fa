/** Busy hours as settings and plans have them. */
import { Schema } from "effect"
import { busyHours } from "./SweepInterval.js"

const description = "hours of the UTC day, as ranges that end before their second hour: 6-18, or 22-2,12-14"

export const BusyHours = Schema.String.pipe(
  Schema.filter((text) => busyHours(text) !== null || 'Expected hours of the UTC day, such as "6-18" or "6-12,14-18"', {
    jsonSchema: { description }
  })
)

/** The fault of an interval of busy hours that is not shorter than that of the others. */
export const busyTooLong = { path: ["busy"], message: "Expected an interval shorter than that of the other hours" }
