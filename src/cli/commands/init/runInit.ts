/** Writes the first configuration, tries the program under the recorder, and checks the account. */
import { existsSync, writeFileSync } from "node:fs"
import * as Prompt from "@effect/cli/Prompt"
import { Effect, Option } from "effect"
import { defaultConfigFile } from "../../../config/index.js"
import { loadConfig } from "../../../config/service.js"
import { accountOf } from "../../../domain/Account.js"
import { providerOf } from "../../../providers/index.js"
import { some } from "../../../report/index.js"
import { backupDatabase, explain } from "../../../store/index.js"
import { UsageError } from "../../Failure.js"
import { isOtherLanguage } from "../../OtherLanguage.js"
import { note, print, printJson } from "../../Output.js"
import { shellText, startText } from "../../StartCommand.js"
import { checksOf, checkTable } from "../doctor/runDoctor.js"
import { baseUrlOf } from "./Account.js"
import { type Answers, answersOf, onTerminal } from "./Answers.js"
import type { InitOptions } from "./InitCommand.js"
import { type NewConfig, newConfigText } from "./NewConfig.js"
import { nextSteps } from "./NextSteps.js"
import { runTrial, type Trial, trialFolder } from "./Trial.js"
import { trialText } from "./TrialText.js"

export const runInit = (options: InitOptions) =>
  Effect.scoped(
    Effect.gen(function* () {
      const file = Option.getOrElse(options.config, () => defaultConfigFile)
      if (existsSync(file) && !options.force)
        return yield* new UsageError({
          message: `${file} is there already and stays as it is: edit it, or let --force overwrite it`
        })
      const answers = yield* answersOf(options)
      const isNode = !isOtherLanguage(answers.start.command)
      const settled =
        answers.trialMs === 0 || !isNode
          ? { config: newConfig(answers), trial: null }
          : yield* triedUntilRecorded(newConfig(answers), answers, options.json)
      const { config, trial } = settled
      yield* writeConfig(file, newConfigText(config), options.force)
      const calls = trial === null ? 0 : trial.recorded.reduce((sum, recorded) => sum + recorded.calls, 0)
      const kept = calls > 0 && trial !== null && trial.failure === null && (yield* keepTrial(trial.db, options.db))
      // Webhooks come later: their secret and receiver are not looked at yet.
      const all = yield* checksOf(yield* loadConfig(file))
      const checks = all.filter(({ check }) => check !== "webhook secret" && check !== "receiver")
      const next = nextSteps({ answers, config, trial, kept: kept ? calls : 0, checks, isNode })
      if (options.json)
        return yield* printJson({ config: file, db: kept ? options.db : null, trial: trialJson(trial), checks, next })
      yield* print(
        [
          ...(trial === null ? [] : [trialText(trial, config), ""]),
          `${file} is written: ${config.product} at ${config.account}, its API key from ${config.apiKeyEnv}${kept ? `; ${options.db} begins with the trial's ${some(calls, "call")}` : ""}`,
          "",
          checkTable(checks),
          "",
          "next:",
          ...next.map(({ command, why }) => `  ${command}\n      ${why}`)
        ].join("\n")
      )
    })
  )

const newConfig = ({ apiKeyEnv, domain, hosts, product, source, start }: Answers): NewConfig => {
  const baseUrl = baseUrlOf(domain)
  const plans = Object.keys(providerOf(product)?.plans ?? {})
  return {
    source,
    product,
    baseUrl,
    account: accountOf(baseUrl),
    apiKeyEnv,
    start: startText(start),
    plans,
    hosts,
    otherHosts: []
  }
}

/** Where the account is reached under another name, a person on a terminal names it, and the trial is run again. */
const triedUntilRecorded = (config: NewConfig, answers: Answers, quiet: boolean) =>
  Effect.gen(function* () {
    const folder = yield* trialFolder
    const tried = (tried: NewConfig) =>
      Effect.gen(function* () {
        if (!quiet)
          yield* note(
            `hookshift: trying ${shellText(answers.start)} for ${answers.trialMs / 1_000} s, to see which hosts it calls; Ctrl-C stops it and writes nothing`
          )
        const trial = yield* runTrial(answers.start, {
          configText: newConfigText(tried),
          folder,
          forMs: answers.trialMs
        })
        return { config: { ...tried, otherHosts: trial.otherHosts }, trial }
      })
    const first = yield* tried(config)
    if (first.trial.recorded.length > 0 || first.trial.otherHosts.length === 0 || !onTerminal() || quiet) return first
    const meant = yield* Prompt.select<string | null>({
      message: `No call went to ${config.account}. Is one of these the account, under another name?`,
      choices: [
        ...first.trial.otherHosts.map(({ calls, host }) => ({
          title: `${host} (${some(calls, "call")})`,
          value: host
        })),
        { title: "none of them", value: null }
      ]
    }).pipe(Effect.catchTag("QuitException", () => new UsageError({ message: "stopped: nothing was written" })))
    return meant === null ? first : yield* tried({ ...config, hosts: [...config.hosts, meant] })
  })

/** A file that has come meanwhile is not overwritten either. */
const writeConfig = (file: string, text: string, force: boolean) =>
  Effect.try({
    try: () => writeFileSync(file, text, { flag: force ? "w" : "wx", mode: 0o600 }),
    catch: (error) =>
      new UsageError({
        message: `${file} cannot be written (${(error as NodeJS.ErrnoException).code}): check the folder and its permissions`
      })
  })

/** The trial is the beginning of the recording, unless there is one already. */
const keepTrial = (from: string, to: string) =>
  existsSync(to)
    ? Effect.succeed(false)
    : Effect.try({ try: () => backupDatabase(from, to) > 0, catch: (error) => explain(error, to) })

const trialJson = (trial: Trial | null) =>
  trial === null
    ? null
    : {
        seconds: trial.seconds,
        recorded: trial.recorded,
        otherHosts: trial.otherHosts,
        endedByItself: trial.end !== null
      }
