import { Schema } from "effect"

/** The configuration is wrong; `message` names the place, and what to write instead. */
export class ConfigError extends Schema.TaggedError<ConfigError>()("ConfigError", { message: Schema.String }) {}

export const configError = (message: string): ConfigError => new ConfigError({ message })
