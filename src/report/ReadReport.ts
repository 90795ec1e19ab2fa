/** Reads a `report.json` or a stored run. */
import { Either } from "effect"
import { isRecord } from "../domain/Json.js"
import type { Report } from "../domain/Report.js"

/** Lists of a current report, oldest first. */
const lists = ["pollers", "accounts", "rateLimits", "findings", "subscriptions"] as const

/** The report, or the reason why the value is not a report of this version. */
export const readReport = (value: unknown): Either.Either<Report, string> => {
  if (!isRecord(value) || !isRecord(value["totals"]) || !isRecord(value["window"]))
    return Either.left("is no audit's report")
  if (value["schemaVersion"] !== 1)
    return Either.left(`has schemaVersion ${JSON.stringify(value["schemaVersion"])}, and this version reads 1`)
  const missing = lists.find((name) => !Array.isArray(value[name]))
  const entries = (name: (typeof lists)[number], key: string) =>
    (value[name] as ReadonlyArray<unknown>).every((entry) => isRecord(entry) && entry[key] !== undefined)
  const whole =
    missing === undefined &&
    entries("findings", "fingerprint") &&
    entries("pollers", "timeline") &&
    entries("rateLimits", "minutes")
  return whole
    ? Either.right(value as unknown as Report)
    : Either.left("was made by an earlier version of hookshift, which told less")
}
