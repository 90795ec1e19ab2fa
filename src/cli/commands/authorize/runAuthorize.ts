/** The first OAuth grant of a source: prints the URL, waits for the redirect, stores the tokens. */
import { createServer } from "node:http"
import { Effect, Option } from "effect"
import { loadConfig, oauthOf, sourcesOf } from "../../../config/service.js"
import { type AddressUnavailable, UsageError } from "../../Failure.js"
import { cannotListen } from "../../Listening.js"
import { note, print } from "../../Output.js"
import type { AuthorizeOptions } from "./AuthorizeCommand.js"

export const runAuthorize = (options: AuthorizeOptions) =>
  Effect.gen(function* () {
    const config = yield* loadConfig(Option.getOrUndefined(options.config))
    const source = (yield* sourcesOf(config)).find(({ name }) => name === options.name)
    if (source === undefined || source.config.auth.scheme !== "oauth")
      return yield* new UsageError({
        message:
          source === undefined
            ? `there is no source ${options.name} in the configuration`
            : `sources.${options.name}.auth.scheme is not "oauth": a key needs no grant`
      })
    const oauth = yield* oauthOf(source)
    const redirect = new URL(source.config.auth.redirectUrl!)
    if (!/^(?:127\.0\.0\.1|localhost)$/.test(redirect.hostname))
      return yield* new UsageError({
        message: `sources.${options.name}.auth.redirectUrl has to be on this machine, such as http://127.0.0.1:8788/callback, so that the grant finds its way back`
      })
    const pending = yield* oauth.begin
    yield* note(`open this in a browser and grant access:\n${pending.url}`)
    const callback = yield* Effect.async<string, AddressUnavailable>((resume) => {
      const server = createServer((request, response) => {
        const url = new URL(request.url ?? "/", redirect.origin)
        if (url.pathname !== redirect.pathname) {
          response.writeHead(404).end()
          return
        }
        response
          .writeHead(200, { "content-type": "text/plain", connection: "close" })
          .end("hookshift has it: close this page.\n")
        server.close()
        resume(Effect.succeed(url.href))
      })
      server.once("error", (error: NodeJS.ErrnoException) =>
        resume(Effect.fail(cannotListen(redirect.host, error, "auth.redirectUrl")))
      )
      server.listen(Number(redirect.port === "" ? 80 : redirect.port), redirect.hostname)
      return Effect.sync(() => server.close())
    })
    yield* oauth.complete(callback, pending)
    yield* print(`access is granted; the tokens are in ${source.config.auth.tokenFile}`)
  })
