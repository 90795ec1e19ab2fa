/** Runs the recording proxy until it is stopped. */
import { Duration, Effect, Option } from "effect"
import { openProxy, type Upstream } from "../../../capture/index.js"
import { type Config, loadConfig } from "../../../config/service.js"
import { openDatabase } from "../../../store/index.js"
import { captureHosts } from "../../CaptureHosts.js"
import { UsageError } from "../../Failure.js"
import { authorityOf, cannotListen, freeAddress, isLoopback } from "../../Listening.js"
import { storeUnavailable } from "../../OpenDatabase.js"
import { addressOf, secondsOf } from "../../OptionValues.js"
import { note, printJson } from "../../Output.js"
import { tlsOf, unusableTls } from "../../TlsFiles.js"
import type { ProxyOptions } from "./ProxyCommand.js"

const defaultListen = "127.0.0.1:8788"
const defaultTimeoutSeconds = 300

/** `https://…`, `/freshdesk=https://…` or `chat.local=https://…` */
const upstreamOf = (text: string): Effect.Effect<Upstream, UsageError> => {
  const match = /^(?:(\/[^=]*|[^=/:]+(?::\d+)?)=)?(https?:\/\/.+)$/.exec(text)
  const url = match?.[2] ?? ""
  if (match === null || !URL.canParse(url)) {
    return Effect.fail(
      new UsageError({
        message: `--upstream takes a URL, such as https://acme.freshdesk.com or /freshdesk=https://acme.freshdesk.com, not "${withoutUserinfo(text)}"`
      })
    )
  }
  return asUpstream(
    match[1]?.startsWith("/") ? null : (match[1] ?? null),
    match[1]?.startsWith("/") ? match[1] : null,
    url
  )
}

/** Credentials in a URL are never printed. */
const withoutUserinfo = (text: string): string => text.replace(/\/\/[^/@]*@/, "//…@")

const asUpstream = (host: string | null, path: string | null, address: string): Effect.Effect<Upstream, UsageError> => {
  const url = new URL(address)
  if (url.username !== "" || url.password !== "") {
    return Effect.fail(
      new UsageError({
        message: `the upstream ${url.origin} has credentials in its URL: take them out, the program's own are passed on`
      })
    )
  }
  return Effect.succeed({ host: host?.toLowerCase() ?? null, path: path?.replace(/\/+$/, "") || null, url })
}

const upstreamsOf = (options: ProxyOptions, config: Config): Effect.Effect<ReadonlyArray<Upstream>, UsageError> =>
  Effect.gen(function* () {
    const named = yield* Effect.forEach(options.upstream, upstreamOf)
    const configured = yield* Effect.forEach(config.proxy.upstreams ?? [], ({ host, path, url }) =>
      asUpstream(host ?? null, path ?? null, url)
    )
    const upstreams = named.length > 0 ? named : configured
    if (upstreams.length === 0) {
      return yield* new UsageError({
        message:
          "the proxy needs to know where requests go: add --upstream https://acme.freshdesk.com, or proxy.upstreams to the configuration"
      })
    }
    return upstreams
  })

export const runProxy = (options: ProxyOptions) =>
  Effect.scoped(
    Effect.gen(function* () {
      const config = yield* loadConfig(Option.getOrUndefined(options.config))
      const listen = Option.getOrElse(options.listen, () => config.proxy.listen ?? defaultListen)
      const { host, port } = yield* addressOf(listen)
      const upstreams = yield* upstreamsOf(options, config)
      const tls = yield* tlsOf(options, config.proxy.tls)
      const timeoutMs = Option.isSome(options.timeout)
        ? (yield* secondsOf("timeout", options.timeout.value)) * 1000
        : config.proxy.timeout === undefined
          ? defaultTimeoutSeconds * 1000
          : Duration.toMillis(config.proxy.timeout)
      yield* freeAddress(host, port)
      yield* Effect.try({
        try: () => openDatabase(options.db).close(),
        catch: (error) => storeUnavailable(error, options.db)
      })
      const hosts = captureHosts(options.config)
      const integration = Option.getOrUndefined(options.integration)
      const running = yield* Effect.acquireRelease(
        Effect.tryPromise({
          try: () =>
            openProxy({
              host,
              port,
              upstreams,
              tls,
              timeoutMs,
              recorder: {
                db: options.db,
                hosts,
                ...(integration === undefined ? {} : { integration }),
                ...(options.keepBodies ? { keepBodies: true } : {})
              }
            }),
          catch: (error) => {
            const { code } = error as NodeJS.ErrnoException
            return code === undefined || /SSL|PEM|ASN1/.test(code)
              ? unusableTls(error)
              : cannotListen(`${host}:${port}`, error, "address with --listen")
          }
        }),
        (proxy) => Effect.promise(() => proxy.close())
      )
      if (options.json) yield* printJson({ url: running.url, port: running.port })
      else {
        const lines = upstreams.map(
          (one) =>
            `${running.url}${one.path ?? ""}${one.host === null ? "" : ` (${one.host})`} → ${one.url.href.replace(/\/$/, "")}`
        )
        yield* note(`recording into ${options.db}\n${lines.join("\n")}`)
        if (!isLoopback(authorityOf(host)) && tls === null)
          yield* note(
            "others on the network can reach this proxy, and credentials reach it unencrypted: consider --tls-cert and --tls-key"
          )
      }
      return yield* Effect.onInterrupt(Effect.never, () =>
        note(`hookshift: stopped; the calls that were recorded are in ${options.db}`)
      )
    })
  )
