/** The mirror's settings from options and configuration, checked before anything is opened. */
import { Chunk, Duration, Effect, Option, Redacted, Runtime, Stream } from "effect"
import {
  type Config,
  chosenSources,
  clientOptionsOf,
  inboxKeyOf,
  readSecret,
  type Source
} from "../../../config/service.js"
import type { MirrorSource, ProviderReading } from "../../../mirror/index.js"
import { getOrNull, makeReader } from "../../../providers/clients.js"
import { UsageError } from "../../Failure.js"
import { tlsOf } from "../../TlsFiles.js"
import type { MirrorOptions } from "./MirrorCommand.js"

export const usualListen = "127.0.0.1:8792"
export const usualAdminPort = 8791
const usualRecheckMs = 3_600_000

/** `1%` or `0.01`. */
const shareOf = (text: string): Effect.Effect<number, UsageError> => {
  const [, digits = "", percent] = /^(\d+(?:\.\d+)?)(%)?$/.exec(text.trim()) ?? []
  const share = Number(digits) / (percent === undefined ? 1 : 100)
  return digits === "" || share > 1
    ? Effect.fail(
        new UsageError({ message: `--verify takes a share, such as 1% or 0.01, and not more than all, not "${text}"` })
      )
    : Effect.succeed(share)
}

const chosen = (config: Config, named: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    if (named.length === 0) return yield* chosenSources(config)
    const each = yield* Effect.forEach([...new Set(named)], (name) => chosenSources(config, name))
    return each.flat()
  })

/** The keys of those who may see everything: the source's own, and those that the configuration names. */
const seeingAll = (config: Config, source: Source) =>
  Effect.gen(function* () {
    const client = yield* clientOptionsOf(source)
    const own = client.authentication.scheme === "oauth" ? [] : [Redacted.value(client.authentication.secret).trim()]
    const named = yield* Effect.forEach(config.mirror.principals?.[source.name] ?? [], (setting, at) =>
      readSecret(setting, `mirror.principals.${source.name}[${at}]`)
    )
    return new Set([...own, ...named.map((secret) => Redacted.value(secret).trim())])
  })

/** How the mirror reads what the state knows in part: with the source's own credential, under its limiter. */
const readingOf = (source: Source) =>
  Effect.gen(function* () {
    const reader = yield* makeReader(source.provider, yield* clientOptionsOf(source))
    const run = Runtime.runPromise(yield* Effect.runtime<never>())
    const reading: ProviderReading = {
      changedSince: (entity, since) => {
        if (source.provider.sweeps[entity]?.by !== "timeFilter") return null
        return run(Effect.map(Stream.runCollect(reader.changed(entity, since)), Chunk.toReadonlyArray))
      },
      get: (entity, id) => run(getOrNull(reader, entity, id))
    }
    return reading
  })

const sourceSettings = (config: Config, sources: ReadonlyArray<Source>) =>
  Effect.forEach(sources, (source) =>
    Effect.gen(function* () {
      const mirrored: MirrorSource = {
        name: source.name,
        provider: source.provider,
        baseUrl: source.baseUrl,
        path: sources.length === 1 ? null : `/${source.name}`,
        seesAll: yield* seeingAll(config, source),
        reading: yield* readingOf(source)
      }
      return mirrored
    })
  )

export const readMirrorSettings = (options: MirrorOptions, config: Config) =>
  Effect.gen(function* () {
    const sources = yield* chosen(config, options.source)
    const unknown = Object.keys(config.mirror.principals ?? {}).find((name) => config.sources[name] === undefined)
    if (unknown !== undefined)
      return yield* new UsageError({
        message: `mirror.principals names the source ${unknown}, which the configuration does not have: the names are ${Object.keys(config.sources).join(", ")}`
      })
    const verify = Option.isSome(options.verify) ? yield* shareOf(options.verify.value) : (config.mirror.verify ?? 0)
    if (options.dark && verify > 0 && Option.isSome(options.verify))
      return yield* new UsageError({ message: "--dark compares all answers: leave --verify out" })
    return {
      inboxKey: yield* inboxKeyOf(config),
      sources: yield* sourceSettings(config, sources),
      tls: yield* tlsOf(options, config.mirror.tls),
      dark: options.dark,
      verify,
      recheckMs: config.mirror.recheck === undefined ? usualRecheckMs : Duration.toMillis(config.mirror.recheck),
      wholePages: new Set(config.mirror.wholePages ?? []),
      publicUrl: config.mirror.publicUrl?.replace(/\/+$/, "") ?? null
    }
  })
