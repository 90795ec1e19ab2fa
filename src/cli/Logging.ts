/** The receiver's log on standard error: for people, or a JSON object a line. */
import { Effect, type LogLevel as EffectLogLevel, FiberRef, HashMap, HashSet, Logger, LogLevel, Runtime } from "effect"
import { visible, visibleJson } from "../domain/PlainText.js"
import type { Log } from "../receiver/index.js"

const levels = { info: LogLevel.Info, warning: LogLevel.Warning, error: LogLevel.Error } as const

const fieldsOf = (annotations: HashMap.HashMap<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(HashMap.toEntries(annotations))

const line = (format: "pretty" | "json") =>
  Logger.make<unknown, void>(({ annotations, date, logLevel, message }) => {
    const text = String(Array.isArray(message) ? message.join(" ") : message)
    const fields = fieldsOf(annotations)
    process.stderr.write(
      format === "json"
        ? `${visibleJson({ time: date.toISOString(), level: logLevel.label.toLowerCase(), message: text, ...fields })}\n`
        : `${date.toISOString().slice(11, 19)} ${mark(logLevel)}${visible(text)}${Object.entries(fields)
            .map(([name, value]) => ` ${name}=${visible(String(value))}`)
            .join("")}\n`
    )
  })

const mark = (level: EffectLogLevel.LogLevel): string =>
  LogLevel.greaterThanEqual(level, LogLevel.Warning) ? `${level.label.toLowerCase()}: ` : ""

/** A function for plain code that logs through Effect, so that spans and annotations around it are kept. */
export const receiverLog = (format: "pretty" | "json"): Effect.Effect<Log> =>
  Effect.map(Effect.runtime<never>(), (runtime) => {
    const run = Runtime.runSync(runtime)
    // In place of the runtime's own logger, which writes to standard output: that belongs to results.
    const loggers = HashSet.make(line(format))
    return (level, message, fields = {}) =>
      run(
        Effect.logWithLevel(levels[level], message).pipe(
          Effect.annotateLogs(fields),
          Effect.locally(FiberRef.currentLoggers, loggers)
        )
      )
  })
