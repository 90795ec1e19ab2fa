/** The sources that a command works on: the named one, or all. */
import { Effect } from "effect"
import { configError } from "./ConfigError.js"
import type { Config } from "./LoadConfig.js"
import { sourcesOf } from "./Source.js"

export const chosenSources = (config: Config, wanted?: string) =>
  Effect.gen(function* () {
    const all = yield* sourcesOf(config)
    if (all.length === 0)
      return yield* configError(
        "no source is configured: hookshift init writes one into hookshift.config.json, and docs/configuration.md has all settings"
      )
    const sources = all.filter((source) => wanted === undefined || source.name === wanted)
    if (sources.length === 0)
      return yield* configError(
        `there is no source ${wanted}: the configuration has ${all.map((source) => source.name).join(", ")}`
      )
    return sources
  })
