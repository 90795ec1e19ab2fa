/** Loaded only where traces are asked for. */
export * as OtlpSerialization from "@effect/opentelemetry/OtlpSerialization"
export * as OtlpTracer from "@effect/opentelemetry/OtlpTracer"
