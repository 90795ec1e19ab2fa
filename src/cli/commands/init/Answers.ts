/** The answers that `init` needs, from flags; on a terminal it asks for the rest. */
import * as Prompt from "@effect/cli/Prompt"
import { Effect, Option } from "effect"
import { UsageError } from "../../Failure.js"
import { secondsOf } from "../../OptionValues.js"
import { programArguments } from "../../ProgramArguments.js"
import { type StartCommand, secretIn, startable, startCommandOf, startText } from "../../StartCommand.js"
import {
  domainProblem,
  exampleHost,
  hostProblem,
  keyVariableOf,
  keyVariableProblem,
  productNames,
  productProblem,
  sourceProblem
} from "./Account.js"
import type { InitOptions } from "./InitCommand.js"

export interface Answers {
  readonly product: string
  readonly domain: string
  readonly start: StartCommand
  readonly source: string
  readonly apiKeyEnv: string
  readonly hosts: ReadonlyArray<string>
  readonly trialMs: number
}

export const onTerminal = (): boolean => process.stdin.isTTY === true && process.stdout.isTTY === true

/** Flags are checked before the first question, so that no answer is given in vain. */
export const answersOf = (options: InitOptions) =>
  Effect.gen(function* () {
    const started = programArguments.length > 0
    const { apiKeyEnv, domain, product, source, start } = options
    if (started && Option.isSome(start))
      return yield* new UsageError({ message: "--start and the program behind -- are two programs: give one of them" })
    const missing = [
      ...(Option.isNone(product) ? ["--product"] : []),
      ...(Option.isNone(domain) ? ["--domain"] : []),
      ...(Option.isNone(start) && !started ? ["--start"] : [])
    ]
    if (missing.length > 0 && !onTerminal())
      return yield* new UsageError({
        message: `${new Intl.ListFormat("en").format(missing)} ${missing.length === 1 ? "is" : "are"} missing: hookshift init asks for ${missing.length === 1 ? "it" : "them"} on a terminal only`
      })
    const right = (problem: string | null) => (problem === null ? Effect.void : new UsageError({ message: problem }))
    yield* right(Option.match(product, { onNone: () => null, onSome: productProblem }))
    yield* right(Option.match(source, { onNone: () => null, onSome: sourceProblem }))
    yield* right(Option.match(apiKeyEnv, { onNone: () => null, onSome: keyVariableProblem }))
    for (const host of options.host) yield* right(hostProblem(host))
    const trialMs = yield* trialOf(options.trial)
    if (Option.isSome(product) && Option.isSome(domain)) yield* right(domainProblem(product.value, domain.value))
    const [command, ...args] = programArguments
    const given = command !== undefined ? startable({ command, args }) : Option.map(start, startCommandOf)
    const known = Option.isOption(given) ? Option.getOrNull(given) : given
    if (typeof known === "string") return yield* new UsageError({ message: known })
    yield* right(known === null ? null : startProblem(startText(known)))

    const theProduct = Option.isSome(product) ? product.value : yield* askProduct
    const theDomain = Option.isSome(domain) ? domain.value : yield* askDomain(theProduct)
    yield* right(domainProblem(theProduct, theDomain))
    const theStart = known ?? (yield* askStart)
    const variable = Option.isSome(apiKeyEnv)
      ? apiKeyEnv.value
      : missing.length > 0
        ? yield* askVariable(theProduct)
        : keyVariableOf(theProduct)
    const answers: Answers = {
      product: theProduct,
      domain: theDomain.toLowerCase(),
      start: theStart,
      source: Option.getOrElse(source, () => theProduct),
      apiKeyEnv: variable,
      hosts: options.host.map((host) => host.toLowerCase()),
      trialMs
    }
    return answers
  }).pipe(Effect.catchTag("QuitException", () => new UsageError({ message: "stopped: nothing was written" })))

/** The start command is written down. */
const startProblem = (text: string): string | null => {
  const start = startCommandOf(text)
  if (typeof start === "string") return start
  const secret = secretIn(start)
  return secret === null
    ? null
    : `the start command has a value for ${secret}, which must not be written down: export it first and leave it out, or start a script that sets it`
}

/** Milliseconds; 0 for no trial. */
const trialOf = (text: string) =>
  /^0+s?$/.test(text.trim()) ? Effect.succeed(0) : Effect.map(secondsOf("trial", text), (seconds) => seconds * 1_000)

const checked = (problem: (text: string) => string | null) => (text: string) => {
  const answer = text.trim()
  const found = problem(answer)
  return found === null ? Effect.succeed(answer) : Effect.fail(found)
}

const askProduct = Prompt.select({
  message: "Which product is the account of?",
  choices: productNames().map((product) => ({ title: product, value: product }))
})

const askDomain = (product: string) =>
  Prompt.text({
    message: `The account's host name (${exampleHost(product)}, or a domain of your own)`,
    validate: checked((domain) => domainProblem(product, domain))
  })

const askStart = Effect.map(
  Prompt.text({
    message: "The command that starts your integration (node poller.js, npm start)",
    validate: checked(startProblem)
  }),
  // The question accepts nothing else.
  (text) => startCommandOf(text) as StartCommand
)

const askVariable = (product: string) =>
  Prompt.text({
    message: "The environment variable that holds the API key",
    default: keyVariableOf(product),
    validate: checked(keyVariableProblem)
  })
