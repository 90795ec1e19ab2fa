/**
 * The configuration file: read once, validated, with secrets taken from the environment or from files that settings
 * name. A key that is not known is an error that names the nearest one that is.
 */

import { existsSync, readFileSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { Duration, Effect, Option, ParseResult, Redacted, Schema } from "effect"
import { closest, distance } from "fastest-levenshtein"
import { isTooDeep, maxDepth } from "../domain/JsonDepth.js"
import { isBlank } from "../domain/PlainText.js"
import { hasProtoKey } from "../domain/Table.js"
import { textOf } from "../domain/Text.js"
import { teachProviders } from "../providers/service.js"
import { variableOf } from "./Environment.js"

/** The configuration is wrong; `message` names where, and what to write instead. */
export class ConfigError extends Schema.TaggedError<ConfigError>()("ConfigError", { message: Schema.String }) {}

const Secret = { secretEnv: Schema.optional(Schema.String), secretFile: Schema.optional(Schema.String) }

const units: Readonly<Record<string, string>> = { ms: "millis", s: "seconds", m: "minutes", h: "hours", d: "days" }

/** `4 seconds`, and `4s` as options have it. */
const durationOf = (text: string): Option.Option<Duration.Duration> => {
  const short = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(text.trim())
  return Duration.decodeUnknown(short === null ? text : `${short[1]} ${units[short[2]!]}`)
}

const DurationText = Schema.transform(
  Schema.String.pipe(Schema.filter((text) => Option.isSome(durationOf(text)) || 'is no duration, such as "4 seconds"')),
  Schema.DurationFromSelf,
  {
    strict: true,
    decode: (text) => Option.getOrThrow(durationOf(text)),
    encode: (duration) => Duration.format(duration)
  }
)

const SweepInterval = DurationText.pipe(
  Schema.filter(
    (every) => Duration.toMillis(every) >= 1_000 || "is shorter than a second, the least between two sweeps"
  )
)

const HttpUrl = Schema.String.pipe(
  Schema.filter((url) => (URL.canParse(url) && /^https?:/.test(url)) || "is no http or https URL")
)

const Source = Schema.Struct({
  /** One of the four, or one that a file of `providers` describes. */
  product: Schema.String,
  baseUrl: HttpUrl,
  plan: Schema.optional(Schema.String),
  /** The id of the integration's own user: rules leave its changes out, and the receiver marks them as echoes. */
  serviceAccount: Schema.optional(Schema.Union(Schema.String, Schema.Number)),
  /** Limits that differ from the plan's, per minute or hour. */
  limit: Schema.optional(
    Schema.Struct({ limit: Schema.Int.pipe(Schema.positive()), period: Schema.Literal("minute", "hour") })
  ),
  auth: Schema.Struct({
    /** The product's own unless set. */
    scheme: Schema.optional(Schema.Literal("basic", "token", "bearer", "oauth")),
    ...Secret,
    /** For `oauth`; the secret is the client's. Tokens are kept in `tokenFile`, readable for its owner only. */
    clientId: Schema.optional(Schema.String),
    authorizationUrl: Schema.optional(Schema.String),
    tokenUrl: Schema.optional(Schema.String),
    redirectUrl: Schema.optional(Schema.String),
    scopes: Schema.optional(Schema.Array(Schema.String)),
    tokenFile: Schema.optional(Schema.String)
  }),
  webhook: Schema.optional(
    Schema.Struct({
      profile: Schema.optional(
        Schema.Literal("freshworks", "freshchat", "token", "standard-webhooks", "github", "stripe", "shopify")
      ),
      /** `app` unless set, or what else the product has. */
      route: Schema.optional(Schema.Literal("app", "rule", "ui")),
      ...Secret,
      previousSecretEnv: Schema.optional(Schema.String),
      previousSecretFile: Schema.optional(Schema.String),
      encoding: Schema.optional(Schema.Literal("hex", "base64")),
      /** Addresses that may post: `203.0.113.7`, `203.0.113.0/24`. */
      allowFrom: Schema.optional(Schema.Array(Schema.String)),
      /** Where an app install can be asked for, for accounts that provision their own apps: see docs/subscriptions.md. */
      installUrl: Schema.optional(Schema.String)
    })
  ),
  reconcile: Schema.optional(
    Schema.Struct(
      {
        /** How often this source is swept; `--reconcile` unless set. */
        every: Schema.optional(SweepInterval),
        /** How far before the last sweep's newest stamp the next one reads: the longest delay of a write or a delivery. */
        overlap: Schema.optional(DurationText),
        /** How often ids are compared to find deletions that no list of changes shows. */
        deletionsEvery: Schema.optional(DurationText)
      },
      // By entity type: how often it is swept, or "off"; the names are the product's (Source.ts).
      Schema.Record({
        key: Schema.String,
        value: Schema.Union(Schema.Literal("off"), SweepInterval, Schema.Undefined)
      })
    )
  )
})

const ConfigFile = Schema.Struct({
  /** Files that describe providers of your own (docs/providers.md). */
  providers: Schema.optionalWith(Schema.Array(Schema.String), { default: () => [] }),
  sources: Schema.optionalWith(Schema.Record({ key: Schema.String, value: Source }), { default: () => ({}) }),
  receiver: Schema.optionalWith(
    Schema.Struct({
      publicUrl: Schema.optional(Schema.String),
      listen: Schema.optional(Schema.String),
      /** The operators' listener, or "off". */
      admin: Schema.optional(Schema.String),
      maxBodyBytes: Schema.optional(Schema.Int.pipe(Schema.positive())),
      ackDeadline: Schema.optional(DurationText),
      forward: Schema.optional(Schema.String),
      forwardSecretEnv: Schema.optional(Schema.String),
      forwardSecretFile: Schema.optional(Schema.String),
      /** Until the target has answered, or the program has ended. */
      handOverTimeout: Schema.optional(DurationText),
      /** Events that the target gets at the same time, and a second. */
      concurrency: Schema.optional(Schema.Int.pipe(Schema.between(1, 1000))),
      ratePerSecond: Schema.optional(Schema.Number.pipe(Schema.positive())),
      tls: Schema.optional(Schema.Struct({ certFile: Schema.String, keyFile: Schema.String })),
      /** Proxies whose X-Forwarded-For is believed. */
      trustProxy: Schema.optional(Schema.Array(Schema.String)),
      maxConnections: Schema.optional(Schema.Int.pipe(Schema.positive())),
      /** How long delivered events are kept, and so for how long a duplicate is known for one; "forever" for no end. */
      keepDelivered: Schema.optional(Schema.Union(Schema.Literal("forever"), DurationText)),
      /** Bytes in use in the database above which the oldest delivered events are let go sooner. */
      maxInboxBytes: Schema.optional(Schema.Int.pipe(Schema.positive())),
      logs: Schema.optional(Schema.Literal("pretty", "json"))
    }),
    { default: () => ({}) }
  ),
  inbox: Schema.optionalWith(
    /** The key that bodies at rest are sealed with; else it is in `<db>.key`. */
    Schema.Struct({ keyEnv: Schema.optional(Schema.String), keyFile: Schema.optional(Schema.String) }),
    { default: () => ({}) }
  ),
  capture: Schema.optionalWith(
    Schema.Struct({
      hosts: Schema.optional(Schema.Array(Schema.String)),
      integration: Schema.optional(Schema.String),
      keepBodies: Schema.optional(Schema.Boolean)
    }),
    { default: () => ({}) }
  ),
  proxy: Schema.optionalWith(
    Schema.Struct({
      listen: Schema.optional(Schema.String),
      /** By host or by the start of the path; neither is for everything else. */
      upstreams: Schema.optional(
        Schema.Array(
          Schema.Struct({
            host: Schema.optional(Schema.String),
            path: Schema.optional(Schema.String.pipe(Schema.startsWith("/"))),
            url: HttpUrl
          })
        )
      ),
      tls: Schema.optional(Schema.Struct({ certFile: Schema.String, keyFile: Schema.String })),
      timeout: Schema.optional(DurationText)
    }),
    { default: () => ({}) }
  )
})

export type Config = typeof ConfigFile.Type
export type SourceConfig = typeof Source.Type

const knownKeys = [
  "sources",
  "providers",
  "serviceAccount",
  "limit",
  "period",
  "clientId",
  "authorizationUrl",
  "tokenUrl",
  "redirectUrl",
  "scopes",
  "tokenFile",
  "receiver",
  "capture",
  "product",
  "baseUrl",
  "plan",
  "auth",
  "webhook",
  "scheme",
  "secretEnv",
  "secretFile",
  "profile",
  "route",
  "previousSecretEnv",
  "previousSecretFile",
  "encoding",
  "installUrl",
  "publicUrl",
  "listen",
  "admin",
  "maxBodyBytes",
  "ackDeadline",
  "forward",
  "forwardSecretEnv",
  "forwardSecretFile",
  "handOverTimeout",
  "concurrency",
  "ratePerSecond",
  "trustProxy",
  "maxConnections",
  "keepDelivered",
  "maxInboxBytes",
  "logs",
  "allowFrom",
  "reconcile",
  "every",
  "overlap",
  "deletionsEvery",
  "hosts",
  "integration",
  "keepBodies",
  "proxy",
  "upstreams",
  "host",
  "path",
  "url",
  "tls",
  "certFile",
  "keyFile",
  "inbox",
  "keyEnv",
  "timeout"
]

export const defaultConfigFile = "hookshift.config.json"

/** The file's settings; an absent default file is an empty configuration, an absent named one an error. */
export const loadConfig = (file: string | undefined): Effect.Effect<Config, ConfigError> =>
  Effect.gen(function* () {
    const name = file ?? defaultConfigFile
    if (!existsSync(name)) {
      if (file !== undefined)
        return yield* fail(`there is no configuration at ${file}: check the path given with --config`)
      return Schema.decodeUnknownSync(ConfigFile)({})
    }
    const text = yield* Effect.try({
      try: () => textOf(readFileSync(name)),
      catch: (error) =>
        new ConfigError({
          message: `${name} cannot be read (${(error as NodeJS.ErrnoException).code}): check its permissions`
        })
    })
    if (isTooDeep(text)) return yield* fail(`${name} is nested deeper than ${maxDepth} levels: no setting is`)
    const json = yield* Effect.try({
      try: () => JSON.parse(text) as unknown,
      catch: (error) => new ConfigError({ message: `${name} is no JSON: ${placeOf(error)}` })
    })
    if (hasProtoKey(json))
      return yield* fail(`${name} has the key __proto__, which can name nothing: choose another name`)
    const config = yield* Schema.decodeUnknown(ConfigFile, { onExcessProperty: "error" })(json).pipe(
      Effect.mapError((error) => new ConfigError({ message: explain(name, error) }))
    )
    const problem = teachProviders(config.providers, dirname(resolve(name)))
    return problem === null ? config : yield* fail(problem)
  })

const fail = (message: string) => Effect.fail(new ConfigError({ message }))

/** Where the JSON broke, without quoting what stood there. */
const placeOf = (error: unknown): string =>
  /position \d+(?: \(line \d+ column \d+\))?/.exec(String(error))?.[0] ?? "its end is missing"

const explain = (file: string, error: ParseResult.ParseError): string => {
  const issues = ParseResult.ArrayFormatter.formatErrorSync(error)
  const issue = issues.find(({ _tag }) => _tag === "Unexpected") ?? issues[0]!
  const path = issue.path.map(String).join(".")
  if (issue._tag === "Unexpected") {
    const key = String(issue.path.at(-1))
    const near = closest(key, knownKeys)
    const hint =
      distance(key, near) <= Math.max(2, key.length / 3)
        ? `: did you mean "${near}"?`
        : ": remove it, or see docs/configuration.md"
    return `${file}: ${path} is no setting${hint}`
  }
  if (issue._tag === "Missing") return `${file}: ${path} is missing: add it (docs/configuration.md)`
  // Each member of a union has an issue of its own.
  const expected = issues
    .filter((one) => one.path.map(String).join(".") === path)
    .map(({ message }) => inWords(message.replace(/, actual .*$/s, "")))
    .filter((message) => message !== "Expected undefined")
  const [first, ...others] = new Set(expected)
  return `${file}: ${path} is not valid: ${[first, ...others.map((text) => text.replace(/^Expected /, ""))].join(" or ")}`
}

/** A schema's own notation of a type is for programmers. */
const inWords = (expected: string): string =>
  /^Expected (?:\(?\{|Struct)/.test(expected)
    ? "Expected an object of settings"
    : /^Expected ReadonlyArray/.test(expected)
      ? "Expected a list"
      : expected

export interface SecretSetting {
  readonly secretEnv?: string | undefined
  readonly secretFile?: string | undefined
}

/** The secret that a setting points at. `what` names the setting in the error, which never holds the secret. */
export const readSecret = (setting: SecretSetting, what: string): Effect.Effect<Redacted.Redacted, ConfigError> =>
  Effect.gen(function* () {
    if (setting.secretEnv !== undefined) {
      // Shells and secret managers like to end a value with a newline, which is no part of any secret.
      const value = variableOf(setting.secretEnv)?.trim()
      if (value === undefined)
        return yield* fail(`${what} is read from the variable ${setting.secretEnv}, which is not set: export it first`)
      if (isBlank(value))
        return yield* fail(
          `${what} is read from the variable ${setting.secretEnv}, which is empty: put the secret into it`
        )
      return Redacted.make(value)
    }
    const file = setting.secretFile
    if (file !== undefined) {
      const value = yield* Effect.try({
        try: () => textOf(readFileSync(file)).trim(),
        catch: () =>
          new ConfigError({
            message: `${what} is read from ${file}, which cannot be read: check the path and its permissions`
          })
      })
      if (isBlank(value)) return yield* fail(`${what} is read from ${file}, which is empty: put the secret into it`)
      return Redacted.make(value)
    }
    return yield* fail(`${what} has neither secretEnv nor secretFile: name the variable or the file that holds it`)
  })
