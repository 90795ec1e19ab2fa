/**
 * Checks whether a source is ready for production: its credentials, account, clock, webhook secret and receiver. Each
 * check is one line, and a failed one names the remedy. No line contains a credential or a body.
 */

import { HttpClient } from "@effect/platform"
import { Clock, Effect } from "effect"
import { withArticle } from "../domain/Figures.js"
import { type ClientOptions, type Probed, type ProviderError, probe } from "../providers/clients.js"
import { isOwnLimit, type Provider, plansThatTell, type SetLimit } from "../providers/index.js"

export type CheckName =
  | "secret"
  | "reachable"
  | "authenticated"
  | "plan"
  | "service account"
  | "clock"
  | "webhook secret"
  | "receiver"

export interface Check {
  readonly source: string
  readonly check: CheckName
  /** `unknown`: an earlier check failed, or the product does not tell. */
  readonly state: "ok" | "warning" | "failed" | "unknown"
  readonly say: string
}

export interface SourceToCheck {
  readonly source: string
  readonly provider: Provider
  readonly baseUrl: string
  /** The plan that the settings name. */
  readonly plan: string | null
  /** The limit that the settings give the account; it goes before the plan's. */
  readonly limit: SetLimit | null
  readonly serviceAccount: string | null
  /** A text in place of options is the reason why there are none. */
  readonly client: ClientOptions | string
  /** Why there is no webhook secret; `null` where it is set. */
  readonly webhookProblem: string | null
  /** `https://hooks.acme.example`; `null` where none is set. */
  readonly publicUrl: string | null
}

/** Signed times are refused beyond five minutes; half a minute already shows in freshness figures. */
const skewWarningMs = 30_000
const skewFailureMs = 300_000

export const checkSource = (
  checked: SourceToCheck
): Effect.Effect<ReadonlyArray<Check>, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const { client, source } = checked
    const line = (check: CheckName, state: Check["state"], say: string): Check => ({ source, check, state, say })
    const account =
      typeof client === "string" ? [line("secret", "failed", client)] : yield* accountChecks(checked, client, line)
    return [
      ...account,
      checked.webhookProblem === null
        ? line("webhook secret", "ok", "set")
        : line("webhook secret", "failed", checked.webhookProblem),
      yield* receiverCheck(checked, line)
    ]
  })

type Line = (check: CheckName, state: Check["state"], say: string) => Check

const accountChecks = (checked: SourceToCheck, client: ClientOptions, line: Line) =>
  Effect.gen(function* () {
    const probed = yield* Effect.either(probe(checked.provider, client))
    const now = yield* Clock.currentTimeMillis
    if (probed._tag === "Left") return refused(checked, probed.left, line)
    return [
      line("secret", "ok", "set"),
      line("reachable", "ok", checked.baseUrl),
      line("authenticated", "ok", "the key is accepted"),
      planCheck(checked, probed.right, line),
      serviceAccountCheck(checked, probed.right, line),
      clockCheck(probed.right, now, line)
    ]
  })

const refused = ({ baseUrl }: SourceToCheck, error: ProviderError, line: Line): ReadonlyArray<Check> => {
  const rest = (["plan", "service account", "clock"] as const).map((check) =>
    line(check, "unknown", "not looked at: the account did not answer as it should")
  )
  const secret = line("secret", "ok", "set")
  if (error.reason === "unreachable")
    return [
      secret,
      line("reachable", "failed", error.message),
      line("authenticated", "unknown", "not looked at"),
      ...rest
    ]
  if (error.reason === "unauthorized")
    return [secret, line("reachable", "ok", baseUrl), line("authenticated", "failed", error.message), ...rest]
  return [
    secret,
    line(
      "reachable",
      error.reason === "throttled" ? "warning" : "failed",
      `${error.message}; is the product of this source right?`
    ),
    line("authenticated", "unknown", "not looked at"),
    ...rest
  ]
}

const planCheck = (checked: SourceToCheck, { endpoint, headers }: Probed, line: Line): Check => {
  const { plan, provider, source } = checked
  const total = Number(headers["x-ratelimit-total"] ?? Number.NaN)
  if (!(total > 0)) return line("plan", "unknown", "the answer names no rate limit")
  if (checked.limit !== null) return limitCheck(checked, checked.limit, endpoint, total, line)
  // The first call may be under a limit of its own endpoint.
  const fits = plansThatTell(provider.plans, endpoint, total)
  const names = fits.join(" or ") || "no plan that is known"
  if (plan === null)
    return line(
      "plan",
      "warning",
      `the limit is ${total}, which is ${names}: set sources.${source}.plan, so that headroom is reckoned with it`
    )
  return fits.includes(plan)
    ? line("plan", "ok", `${plan}: ${total} ${withArticle(provider.plans[plan]!.period)}`)
    : line(
        "plan",
        "warning",
        `sources.${source}.plan is ${plan}, and the limit of ${total} is ${names}: correct the setting, or set sources.${source}.limit`
      )
}

/** The limit that is set, beside the one that the answer tells. */
const limitCheck = (
  { plan, provider, source }: SourceToCheck,
  { limit, period }: SetLimit,
  endpoint: string,
  total: number,
  line: Line
): Check => {
  const set = `sources.${source}.limit is ${limit} ${withArticle(period)}, and goes before any plan`
  const stated = plan === null ? null : (provider.plans[plan] ?? null)
  if (isOwnLimit(provider.plans, stated, endpoint, total))
    return line("plan", "ok", `${set}; the answer tells ${total}, which is the limit of its endpoint alone`)
  if (limit === total) return line("plan", "ok", `${set}; the answer tells the same`)
  // An answer's limit is of the period that the product's plans have.
  const isAbove = limit > total && Object.values(provider.plans).every((one) => one.period === period)
  return isAbove
    ? line(
        "plan",
        "warning",
        `${set}, but the answer tells ${total}: calls beyond that are refused, so lower the setting`
      )
    : line("plan", "ok", `${set}: headroom is reckoned with it, and not with the ${total} that the answer tells`)
}

const serviceAccountCheck = ({ serviceAccount, source }: SourceToCheck, { userId }: Probed, line: Line): Check => {
  const advice = "a person's key dies with the person: use a service account's"
  if (userId === null)
    return serviceAccount === null
      ? line(
          "service account",
          "warning",
          `the product does not tell whose key this is: ${advice}, and set sources.${source}.serviceAccount to its id`
        )
      : line(
          "service account",
          "unknown",
          `the product does not tell whose key this is; ${serviceAccount} is set as the service account`
        )
  if (serviceAccount === null)
    return line(
      "service account",
      "warning",
      `the key is user ${userId}'s: if that is a service account, set sources.${source}.serviceAccount to ${userId}; else ${advice}`
    )
  return serviceAccount === userId
    ? line("service account", "ok", `the key is the service account's (${userId})`)
    : line(
        "service account",
        "warning",
        `the key is user ${userId}'s, and sources.${source}.serviceAccount is ${serviceAccount}: ${advice}, or correct the setting`
      )
}

const clockCheck = ({ headers }: Probed, now: number, line: Line): Check => {
  const theirs = Date.parse(headers["date"] ?? "")
  if (Number.isNaN(theirs)) return line("clock", "unknown", "the answer has no Date")
  const skew = now - theirs
  const seconds = Math.round(Math.abs(skew) / 1000)
  const mend = `this machine's clock is ${seconds} s ${skew > 0 ? "ahead of" : "behind"} the provider's: switch time synchronisation (NTP) on`
  if (Math.abs(skew) >= skewFailureMs) return line("clock", "failed", `${mend}; signed times would be refused`)
  return Math.abs(skew) >= skewWarningMs
    ? line("clock", "warning", `${mend}; freshness figures are off by as much`)
    : line("clock", "ok", `within ${Math.max(1, seconds)} s of the provider's`)
}

const receiverCheck = ({ publicUrl }: SourceToCheck, line: Line) =>
  Effect.gen(function* () {
    if (publicUrl === null)
      return line("receiver", "warning", "receiver.publicUrl is not set: say where the provider reaches the receiver")
    const url = `${publicUrl.replace(/\/$/, "")}/healthz`
    const http = yield* HttpClient.HttpClient
    const answered = yield* Effect.either(Effect.timeout(http.get(url), "10 seconds"))
    if (answered._tag === "Left")
      return line(
        "receiver",
        "failed",
        `${url} does not answer: start hookshift receive, and check the name, the certificate and the way there`
      )
    return answered.right.status === 200
      ? line("receiver", "ok", `${url} answers`)
      : line(
          "receiver",
          "failed",
          `${url} answers ${answered.right.status}, not 200: is it hookshift receive that listens there?`
        )
  })
