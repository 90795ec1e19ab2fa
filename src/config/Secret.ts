/** Secrets, from the environment or from the files that settings name. */
import { readFileSync } from "node:fs"
import { Effect, Redacted } from "effect"
import { isBlank } from "../domain/PlainText.js"
import { textOf } from "../domain/Text.js"
import { type ConfigError, configError } from "./ConfigError.js"
import { variableOf } from "./Environment.js"

export interface SecretSetting {
  readonly secretEnv?: string | undefined
  readonly secretFile?: string | undefined
}

/** Whether anything is in the variable or file that a setting names. A file that cannot be read counts as set. */
export const isSecretSet = ({ secretEnv, secretFile }: SecretSetting): boolean => {
  if (secretEnv !== undefined) return !isBlank(variableOf(secretEnv) ?? "")
  if (secretFile === undefined) return false
  try {
    return !isBlank(textOf(readFileSync(secretFile)))
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOENT"
  }
}

/** The secret that a setting points at. `what` names the setting in errors, which never contain the secret. */
export const readSecret = (setting: SecretSetting, what: string): Effect.Effect<Redacted.Redacted, ConfigError> =>
  Effect.gen(function* () {
    if (setting.secretEnv !== undefined) {
      // Shells and secret managers often append a newline, which is not part of the secret.
      const value = variableOf(setting.secretEnv)?.trim()
      if (value === undefined)
        return yield* configError(
          `${what} is read from the variable ${setting.secretEnv}, which is not set: export it first`
        )
      if (isBlank(value))
        return yield* configError(
          `${what} is read from the variable ${setting.secretEnv}, which is empty: put the secret into it`
        )
      return Redacted.make(value)
    }
    const file = setting.secretFile
    if (file !== undefined) {
      const value = yield* Effect.try({
        try: () => textOf(readFileSync(file)).trim(),
        catch: () =>
          configError(`${what} is read from ${file}, which cannot be read: check the path and its permissions`)
      })
      if (isBlank(value))
        return yield* configError(`${what} is read from ${file}, which is empty: put the secret into it`)
      return Redacted.make(value)
    }
    return yield* configError(
      `${what} has neither secretEnv nor secretFile: name the variable or the file that holds it`
    )
  })
