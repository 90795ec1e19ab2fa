/**
 * Certificate and key of a command that serves TLS, from its options or settings: read and tried before it opens
 * anything.
 */
import { readFileSync } from "node:fs"
import { createSecureContext } from "node:tls"
import { Effect, Option } from "effect"
import { UsageError } from "./Failure.js"

export interface Tls {
  /** PEM texts. */
  readonly certificate: string
  readonly key: string
}

const readPem = (file: string): Effect.Effect<string, UsageError> =>
  Effect.try({
    try: () => readFileSync(file, "utf8"),
    catch: (error) =>
      new UsageError({
        message: `${file} cannot be read (${(error as NodeJS.ErrnoException).code}): check the path and its permissions`
      })
  })

export const unusableTls = (error: unknown): UsageError =>
  new UsageError({
    message: `the TLS certificate or its key cannot be used (${(error as NodeJS.ErrnoException).code}): give PEM files that belong together`
  })

/** `null` where neither is given: clients use plain HTTP. */
export const tlsOf = (
  options: { readonly tlsCert: Option.Option<string>; readonly tlsKey: Option.Option<string> },
  settings: { readonly certFile: string; readonly keyFile: string } | undefined
): Effect.Effect<Tls | null, UsageError> =>
  Effect.gen(function* () {
    const certFile = Option.getOrUndefined(options.tlsCert) ?? settings?.certFile
    const keyFile = Option.getOrUndefined(options.tlsKey) ?? settings?.keyFile
    if (certFile === undefined && keyFile === undefined) return null
    if (certFile === undefined || keyFile === undefined)
      return yield* new UsageError({
        message: "TLS needs both a certificate and its key: give --tls-cert and --tls-key"
      })
    const tls = { certificate: yield* readPem(certFile), key: yield* readPem(keyFile) }
    yield* Effect.try({
      try: () => void createSecureContext({ cert: tls.certificate, key: tls.key }),
      catch: unusableTls
    })
    return tls
  })
