/**
 * OpenTelemetry's usual variables. Where `OTEL_EXPORTER_OTLP_ENDPOINT` (or `…_TRACES_ENDPOINT`) is set, spans go there
 * as OTLP over HTTP. Respected as well: `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`,
 * `OTEL_BSP_SCHEDULE_DELAY`, `OTEL_TRACES_SAMPLER` with its `_ARG`. `OTEL_SDK_DISABLED` and `OTEL_TRACES_EXPORTER=none`
 * switch tracing off. Source: the OpenTelemetry specification, "Environment variables".
 */
import { FetchHttpClient } from "@effect/platform"
import { Duration, Effect, Layer, Tracer } from "effect"
import { UsageError } from "./Failure.js"

type Environment = Readonly<Record<string, string | undefined>>

/** The URL that spans are sent to; `null` where tracing is off. */
export const tracesUrl = (env: Environment): string | null => {
  if (env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true") return null
  if (!["otlp", undefined, ""].includes(env["OTEL_TRACES_EXPORTER"])) return null
  const own = env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]
  if (own !== undefined && own !== "") return own
  const base = env["OTEL_EXPORTER_OTLP_ENDPOINT"]
  return base === undefined || base === "" ? null : `${base.replace(/\/+$/, "")}/v1/traces`
}

/** `key=value,key=value`, values percent-encoded. */
const pairsOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    text.split(",").flatMap((pair) => {
      const at = pair.indexOf("=")
      return at < 1 ? [] : [[pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())]]
    })
  )

/** The share of traces that the sampler keeps; `null` for an unknown sampler. */
export const sampledShare = (env: Environment): number | null => {
  const name = (env["OTEL_TRACES_SAMPLER"] ?? "always_on").replace(/^parentbased_/, "")
  if (name === "" || name === "always_on") return 1
  if (name === "always_off") return 0
  const share = Number(env["OTEL_TRACES_SAMPLER_ARG"] ?? 1)
  return name === "traceidratio" && share >= 0 && share <= 1 ? share : null
}

/** A tracer that keeps a share of the traces: the root span decides for all spans beneath it. */
const sampling = (tracer: Tracer.Tracer, share: number, dropped: Tracer.Tracer): Tracer.Tracer =>
  Tracer.make({
    context: tracer.context,
    span: (name, parent, context, links, startTime, kind, options) => {
      const kept = parent._tag === "Some" ? parent.value.sampled : Math.random() < share
      const span = (kept ? tracer : dropped).span(name, parent, context, links, startTime, kind, options)
      return kept ? span : Object.assign(span, { sampled: false })
    }
  })

/** Sets the tracer where the environment asks for one. */
export const tracingLayer = (env: Environment): Layer.Layer<never, UsageError> =>
  Layer.unwrapScoped(
    Effect.gen(function* () {
      const url = tracesUrl(env)
      if (url === null) return Layer.empty
      if (!URL.canParse(url))
        return yield* new UsageError({
          message: `OTEL_EXPORTER_OTLP_ENDPOINT is not a valid URL: "${url}"; write http://127.0.0.1:4318`
        })
      const share = sampledShare(env)
      if (share === null)
        return yield* new UsageError({
          message: `OTEL_TRACES_SAMPLER "${env["OTEL_TRACES_SAMPLER"]}" with OTEL_TRACES_SAMPLER_ARG "${env["OTEL_TRACES_SAMPLER_ARG"] ?? ""}" is not known: choose among always_on, always_off and traceidratio with a share between 0 and 1`
        })
      const { OtlpSerialization, OtlpTracer } = yield* Effect.promise(() => import("./otlp.js"))
      const headers = yield* Effect.try({
        try: () => ({
          ...pairsOf(env["OTEL_EXPORTER_OTLP_HEADERS"] ?? ""),
          ...pairsOf(env["OTEL_EXPORTER_OTLP_TRACES_HEADERS"] ?? "")
        }),
        // Headers may hold a key: the message names none of their values.
        catch: () =>
          new UsageError({
            message: "OTEL_EXPORTER_OTLP_HEADERS has a value that is not percent-encoded: write % as %25"
          })
      })
      const delay = Number(env["OTEL_BSP_SCHEDULE_DELAY"] ?? 5_000)
      const dropped = yield* Effect.tracer
      const tracer = yield* OtlpTracer.make({
        url,
        headers,
        resource: { serviceName: env["OTEL_SERVICE_NAME"] || "hookshift" },
        exportInterval: Duration.millis(delay > 0 ? delay : 5_000)
      }).pipe(Effect.provide(OtlpSerialization.layerJson), Effect.provide(FetchHttpClient.layer))
      return Layer.setTracer(sampling(tracer, share, dropped))
    })
  )
