/** Tokens in a file that only its owner can read. */
import { randomBytes } from "node:crypto"
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { Effect, Redacted, Schema } from "effect"
import { textOf } from "../domain/Text.js"
import type { TokenStore } from "./OAuth.js"
import { ProviderError } from "./ProviderError.js"

const TokenFile = Schema.Struct({
  accessToken: Schema.String,
  refreshToken: Schema.NullOr(Schema.String),
  expiresAt: Schema.Number
})

/** The file (mode 0600) is replaced whole at each refresh. */
export const fileTokenStore = (product: string, file: string): TokenStore => {
  const failed = (message: string) =>
    new ProviderError({ product, reason: "unauthorized", status: null, fields: [], message })
  return {
    load: Effect.suspend(() => {
      if (!existsSync(file)) return Effect.succeed(null)
      return Effect.try(() => JSON.parse(textOf(readFileSync(file))) as unknown).pipe(
        Effect.flatMap(Schema.decodeUnknown(TokenFile)),
        Effect.mapError(() => failed(`${file} holds no tokens: remove it and run hookshift authorize`)),
        Effect.map(({ accessToken, expiresAt, refreshToken }) => ({
          accessToken: Redacted.make(accessToken),
          refreshToken: refreshToken === null ? null : Redacted.make(refreshToken),
          expiresAt
        }))
      )
    }),
    save: ({ accessToken, expiresAt, refreshToken }) =>
      Effect.try({
        try: () => {
          const mine = `${file}.${process.pid}.${randomBytes(6).toString("hex")}`
          const text = JSON.stringify({
            accessToken: Redacted.value(accessToken),
            refreshToken: refreshToken === null ? null : Redacted.value(refreshToken),
            expiresAt
          })
          try {
            writeFileSync(mine, `${text}\n`, { flag: "wx", mode: 0o600, flush: true })
            // A link that lies there is replaced, not followed.
            renameSync(mine, file)
          } catch (error) {
            rmSync(mine, { force: true })
            throw error
          }
        },
        catch: (error) =>
          failed(
            `${file} cannot be written (${(error as NodeJS.ErrnoException).code}): check the source's auth.tokenFile`
          )
      })
  }
}
