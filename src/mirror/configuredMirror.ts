/** A mirror's part of the configuration: its sources, who sees everything, and how long a credential counts. */
import { Duration, Effect, Redacted } from "effect"
import {
  type Config,
  chosenSources,
  clientOptionsOf,
  configError,
  inboxKeyOf,
  readSecret,
  type Source
} from "../config/service.js"
import type { MirrorRule } from "../domain/MirrorRule.js"
import { usualRecheckMs } from "../policy/index.js"
import type { MirrorSource } from "./Answering.js"
import { providerReading } from "./providerReading.js"
import { mirrorRule } from "./RecordedRequests.js"

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

const sourceSettings = (config: Config, sources: ReadonlyArray<Source>) =>
  Effect.forEach(sources, (source) =>
    Effect.gen(function* () {
      const mirrored: MirrorSource = {
        name: source.name,
        provider: source.provider,
        baseUrl: source.baseUrl,
        path: sources.length === 1 ? null : `/${source.name}`,
        seesAll: yield* seeingAll(config, source),
        reading: yield* providerReading(source.provider, yield* clientOptionsOf(source))
      }
      return mirrored
    })
  )

/** How long a credential counts, and the programs that compare each item of a newest-first page with their own data. */
const termsOf = ({ mirror: { recheck, wholePages } }: Config) => ({
  recheckMs: recheck === undefined ? usualRecheckMs : Duration.toMillis(recheck),
  wholePages: new Set(wholePages ?? [])
})

/** The rule of a mirror by the configuration, for forecasts. */
export const configuredRule = (config: Config): MirrorRule => {
  const { recheckMs, wholePages } = termsOf(config)
  return mirrorRule(recheckMs, wholePages)
}

/** `named`: the sources that are mirrored; all where none is named. */
export const configuredMirror = (config: Config, named: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const sources = yield* chosen(config, named)
    const { principals = {}, sampledPrincipals = [] } = config.mirror
    for (const [key, names] of Object.entries({ principals: Object.keys(principals), sampledPrincipals })) {
      const unknown = names.find((name) => config.sources[name] === undefined)
      if (unknown !== undefined)
        return yield* configError(
          `mirror.${key} names the source ${unknown}, which the configuration does not have: the names are ${Object.keys(config.sources).join(", ")}`
        )
    }
    return {
      inboxKey: yield* inboxKeyOf(config),
      sources: yield* sourceSettings(config, sources),
      sampledPrincipals: new Set(sampledPrincipals),
      verify: config.mirror.verify ?? 0,
      ...termsOf(config),
      publicUrl: config.mirror.publicUrl?.replace(/\/+$/, "") ?? null
    }
  })
