/**
 * The schema of the configuration file. Known keys and nearest names are derived from it (UnknownKey.ts), and the
 * compiler checks the recorder's plain reading against it (CaptureSection.ts).
 */
import { Duration, Schema } from "effect"
import { BusyHours, busyTooLong } from "../domain/BusyHours.js"
import { durationMillis } from "../domain/DurationText.js"
import { listenAddress } from "../domain/ListenAddress.js"

const Secret = { secretEnv: Schema.optional(Schema.String), secretFile: Schema.optional(Schema.String) }

/** `4 seconds`, or `4s` as options have it. */
const DurationText = Schema.transform(
  Schema.String.pipe(
    Schema.filter((text) => durationMillis(text) !== null || 'Expected a duration (such as "4 seconds" or "4s")')
  ),
  Schema.DurationFromSelf,
  {
    strict: true,
    decode: (text) => Duration.millis(durationMillis(text)!),
    encode: (duration) => Duration.format(duration)
  }
)

const SweepInterval = DurationText.pipe(
  Schema.filter((every) => Duration.toMillis(every) >= 1_000 || "Expected a duration of a second or more")
)

/** Busy hours of the UTC day with an interval of their own; it is shorter than that of the others. */
const HourlyInterval = Schema.Struct({ every: SweepInterval, busy: SweepInterval, hours: BusyHours }).pipe(
  Schema.filter(({ busy, every }) => Duration.lessThan(busy, every) || busyTooLong)
)

const Address = Schema.String.pipe(
  Schema.filter((text) => listenAddress(text) !== null || "Expected HOST:PORT, such as 127.0.0.1:8787")
)

/** Of an operators' listener. */
const AdminAddress = Schema.String.pipe(
  Schema.filter(
    (text) => text === "off" || listenAddress(text) !== null || 'Expected HOST:PORT, such as 127.0.0.1:8789, or "off"'
  )
)

/** Requests to a URL with a user name or a password are refused before they are sent. */
const HttpUrl = Schema.String.pipe(
  Schema.filter((text) => {
    const url = URL.parse(text)
    if (url === null || !/^https?:/.test(text)) {
      return "Expected an http or https URL, such as https://hooks.acme.example"
    }
    return (url.username === "" && url.password === "") || "Expected an http or https URL without credentials"
  })
)

/** Not empty. */
const Text = Schema.String.pipe(Schema.filter((text) => text !== "" || "Expected a text that is not empty"))

/** A route of a source, and the proof of its deliveries. */
const Webhook = Schema.Struct({
  profile: Schema.optional(
    Schema.Literal("freshworks", "freshchat", "token", "standard-webhooks", "github", "stripe", "shopify")
  ),
  /** `app` unless set, or the product's only route. */
  route: Schema.optional(Schema.Literal("app", "rule", "ui")),
  ...Secret,
  previousSecretEnv: Schema.optional(Schema.String),
  previousSecretFile: Schema.optional(Schema.String),
  encoding: Schema.optional(Schema.Literal("hex", "base64")),
  /** Addresses that may post: `203.0.113.7`, `203.0.113.0/24`. */
  allowFrom: Schema.optional(Schema.Array(Schema.String)),
  /**
   * Where an app install can be asked for, for accounts that provision their own apps: see docs/subscriptions.md.
   */
  installUrl: Schema.optional(HttpUrl)
})

/** Settings of `reconcile` that are for the whole source. */
const reconcileOfAll = {
  /** Interval between sweeps of this source; `--reconcile` unless set. */
  every: Schema.optional(SweepInterval),
  /** How far before the last sweep's newest stamp the next one reads: the longest delay of a write or a delivery. */
  overlap: Schema.optional(DurationText),
  /** How often ids are compared to find deletions that no list of changes shows. */
  deletionsEvery: Schema.optional(DurationText)
}

const Source = Schema.Struct({
  /** A product of the four, or a product that a file of `providers` describes. */
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
    authorizationUrl: Schema.optional(HttpUrl),
    tokenUrl: Schema.optional(HttpUrl),
    redirectUrl: Schema.optional(HttpUrl),
    scopes: Schema.optional(Schema.Array(Schema.String)),
    tokenFile: Schema.optional(Schema.String)
  }),
  /** How deliveries come; a list where several routes do, an entry for each. */
  webhook: Schema.optional(Schema.Union(Webhook, Schema.NonEmptyArray(Webhook))),
  reconcile: Schema.optional(
    Schema.Struct(
      reconcileOfAll,
      // Interval by entity type, by the hour where it has busy hours, or "off"; Source.ts checks the names against the
      // product.
      Schema.Record({
        key: Schema.String.pipe(Schema.filter((name) => !Object.hasOwn(reconcileOfAll, name))),
        value: Schema.Union(Schema.Literal("off"), SweepInterval, HourlyInterval, Schema.Undefined)
      })
    )
  )
})

export const ConfigFile = Schema.Struct({
  /** Files that describe providers of your own (docs/providers.md). */
  providers: Schema.optionalWith(Schema.Array(Schema.String), { default: () => [] }),
  sources: Schema.optionalWith(Schema.Record({ key: Schema.String, value: Source }), { default: () => ({}) }),
  receiver: Schema.optionalWith(
    Schema.Struct({
      publicUrl: Schema.optional(HttpUrl),
      listen: Schema.optional(Address),
      /** The operators' listener, or "off". */
      admin: Schema.optional(AdminAddress),
      maxBodyBytes: Schema.optional(Schema.Int.pipe(Schema.positive())),
      ackDeadline: Schema.optional(DurationText),
      forward: Schema.optional(HttpUrl),
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
      /** The program that `record` starts where none stands behind `--`. */
      start: Schema.optional(Schema.String),
      keepBodies: Schema.optional(Schema.Boolean)
    }),
    { default: () => ({}) }
  ),
  proxy: Schema.optionalWith(
    Schema.Struct({
      listen: Schema.optional(Address),
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
  ),
  mirror: Schema.optionalWith(
    Schema.Struct({
      listen: Schema.optional(Address),
      admin: Schema.optional(AdminAddress),
      /** The mirror's address for clients, where that is not its own. */
      publicUrl: Schema.optional(HttpUrl),
      /** How long a credential counts once it has passed at the provider. */
      recheck: Schema.optional(DurationText),
      /** Share of answers that are compared with the provider's. */
      verify: Schema.optional(Schema.Number.pipe(Schema.between(0, 1))),
      /** Integrations that compare all of a newest-first page with what they know. */
      wholePages: Schema.optional(Schema.Array(Text)),
      /** By source: further credentials that see everything, besides the source's own. */
      principals: Schema.optional(
        Schema.Record({
          key: Schema.String,
          value: Schema.Array(
            Schema.Struct({ secretEnv: Schema.optional(Schema.String), secretFile: Schema.optional(Schema.String) })
          )
        })
      ),
      /** Sources whose other callers may be shown to see everything, by comparing their answers. */
      sampledPrincipals: Schema.optional(Schema.Array(Text)),
      tls: Schema.optional(Schema.Struct({ certFile: Schema.String, keyFile: Schema.String }))
    }),
    { default: () => ({}) }
  )
})

/** The file as it is written. */
export type ConfigText = typeof ConfigFile.Encoded
export type SourceText = typeof Source.Encoded
