/** The mirror's settings from options and configuration, checked before anything is opened. */
import { Effect, Option } from "effect"
import type { Config } from "../../../config/service.js"
import { configuredMirror } from "../../../mirror/service.js"
import { UsageError } from "../../Failure.js"
import { tlsOf } from "../../TlsFiles.js"
import type { MirrorOptions } from "./MirrorCommand.js"

export const usualListen = "127.0.0.1:8792"
export const usualAdminPort = 8791

/** `1%` or `0.01`. */
const shareOf = (text: string): Effect.Effect<number, UsageError> => {
  const [, digits = "", percent] = /^(\d+(?:\.\d+)?)(%)?$/.exec(text.trim()) ?? []
  const share = Number(digits) / (percent === undefined ? 1 : 100)
  return digits === "" || share > 1
    ? Effect.fail(
        new UsageError({ message: `--verify takes a share, such as 1% or 0.01, and not more than all, not "${text}"` })
      )
    : Effect.succeed(share)
}

export const readMirrorSettings = (options: MirrorOptions, config: Config) =>
  Effect.gen(function* () {
    const configured = yield* configuredMirror(config, options.source)
    const verify = Option.isSome(options.verify) ? yield* shareOf(options.verify.value) : configured.verify
    if (options.dark && verify > 0 && Option.isSome(options.verify))
      return yield* new UsageError({ message: "--dark compares all answers: leave --verify out" })
    return { ...configured, tls: yield* tlsOf(options, config.mirror.tls), dark: options.dark, verify }
  })
