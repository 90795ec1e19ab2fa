/** The configuration: read from its file once, validated, with its descriptions of providers made known. */
import { dirname, resolve } from "node:path"
import { Effect, Schema } from "effect"
import { teachProviders } from "../providers/service.js"
import { type ConfigError, configError } from "./ConfigError.js"
import { defaultConfigFile, readConfigFile } from "./ConfigFile.js"
import { ConfigFile } from "./ConfigSchema.js"
import { problemOf } from "./Problem.js"
import { nearestKey } from "./UnknownKey.js"

export type Config = typeof ConfigFile.Type
export type SourceConfig = Config["sources"][string]

/** The file's settings; an absent default file is an empty configuration, an absent named one an error. */
export const loadConfig = (file: string | undefined): Effect.Effect<Config, ConfigError> =>
  Effect.gen(function* () {
    const name = file ?? defaultConfigFile
    const found = readConfigFile(name)
    if (found.state === "unusable") return yield* configError(found.problem)
    if (found.state === "absent") {
      if (file !== undefined)
        return yield* configError(`there is no configuration at ${file}: check the path given with --config`)
      return Schema.decodeUnknownSync(ConfigFile)({})
    }
    return yield* configOf(found.json, name, dirname(resolve(name)))
  })

/**
 * Settings as the file has them. `name` stands before each fault; descriptions of providers are looked for from
 * `folder` on.
 */
export const configOf = (json: unknown, name: string, folder: string): Effect.Effect<Config, ConfigError> =>
  Effect.gen(function* () {
    const config = yield* Schema.decodeUnknown(ConfigFile, { onExcessProperty: "error", errors: "all" })(json).pipe(
      Effect.mapError((error) => configError(`${name}: ${problemOf(error, "docs/configuration.md", nearestKey)}`))
    )
    const problem = teachProviders(config.providers, folder)
    return problem === null ? config : yield* configError(problem)
  })
