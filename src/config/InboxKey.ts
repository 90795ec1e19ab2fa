/** The key of the inbox's sealed bodies, where a setting names it. */
import { Effect, Redacted } from "effect"
import type { ConfigError } from "./ConfigError.js"
import type { Config } from "./LoadConfig.js"
import { readSecret } from "./Secret.js"

/** Its text and where it was read, for error messages; `undefined` where no setting names one. */
export const inboxKeyOf = ({
  inbox: { keyEnv, keyFile }
}: Config): Effect.Effect<{ readonly text: string; readonly place: string } | undefined, ConfigError> =>
  keyEnv === undefined && keyFile === undefined
    ? Effect.succeed(undefined)
    : Effect.map(readSecret({ secretEnv: keyEnv, secretFile: keyFile }, "the key of the inbox"), (secret) => ({
        text: Redacted.value(secret),
        place: inboxKeyPlace({ keyEnv, keyFile })!
      }))

/** Where a setting says that the key is, for people. */
export const inboxKeyPlace = ({ keyEnv, keyFile }: Config["inbox"]): string | null =>
  keyEnv === undefined ? (keyFile ?? null) : `the variable ${keyEnv}`
