/** A mirror's part of the configuration: its sources, who sees everything, and how long a credential counts. */
import { Chunk, Duration, Effect, Redacted, Runtime, Stream } from "effect"
import {
  type Config,
  chosenSources,
  clientOptionsOf,
  configError,
  inboxKeyOf,
  readSecret,
  type Source
} from "../config/service.js"
import { getOrNull, makeReader } from "../providers/clients.js"
import type { MirrorSource } from "./Answering.js"
import type { ProviderReading } from "./Hydrating.js"

const usualRecheckMs = 3_600_000

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
        const by = source.provider.sweeps[entity]?.by
        if (by !== "timeFilter" && by !== "newestFirst") return null
        const listed = reader.changedAsListed ?? reader.changed
        return run(Effect.map(Stream.runCollect(listed(entity, since)), Chunk.toReadonlyArray))
      },
      views: (entity) => (reader.views === undefined ? Promise.resolve(null) : run(reader.views(entity))),
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

/** `named`: the sources that are mirrored; all where none is named. */
export const configuredMirror = (config: Config, named: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const sources = yield* chosen(config, named)
    const unknown = Object.keys(config.mirror.principals ?? {}).find((name) => config.sources[name] === undefined)
    if (unknown !== undefined)
      return yield* configError(
        `mirror.principals names the source ${unknown}, which the configuration does not have: the names are ${Object.keys(config.sources).join(", ")}`
      )
    return {
      inboxKey: yield* inboxKeyOf(config),
      sources: yield* sourceSettings(config, sources),
      verify: config.mirror.verify ?? 0,
      recheckMs: config.mirror.recheck === undefined ? usualRecheckMs : Duration.toMillis(config.mirror.recheck),
      wholePages: new Set(config.mirror.wholePages ?? []),
      publicUrl: config.mirror.publicUrl?.replace(/\/+$/, "") ?? null
    }
  })
