/** The options that commands share, with their defaults and environment variables. */
import * as Options from "@effect/cli/Options"
import * as Config from "effect/Config"

/** The values that a command is run with. */
export type OptionsOf<C> = C extends { readonly handler: (values: infer Values) => unknown } ? Values : never

/** An option with a default, which its description names. */
export const usually = <A extends string | number>(
  option: Options.Options<A>,
  value: NoInfer<A>,
  description: string
): Options.Options<A> =>
  option.pipe(Options.withDescription(`${description}; default ${value}`), Options.withDefault(value))

/** `placeholder` stands for the value in the help. */
export const textWithDefault = (name: string, value: string, description: string, placeholder = "TEXT") =>
  usually(Options.withPseudoName(Options.text(name), placeholder), value, description)

/** With a default that its description names, and that other things may decide where it is not given. */
const unlessGiven = (name: string, value: string, description: string, placeholder: string) =>
  Options.withPseudoName(Options.text(name), placeholder).pipe(
    Options.withDescription(`${description}; default ${value}`),
    Options.optional
  )

const usualDatabase = "hookshift.db"

export const db = Options.file("db").pipe(
  Options.withDescription(`The database file; default ${usualDatabase} (HOOKSHIFT_DB)`),
  Options.withFallbackConfig(Config.string("HOOKSHIFT_DB")),
  Options.withDefault(usualDatabase)
)

export const config = Options.file("config").pipe(
  Options.withDescription("The configuration file; default hookshift.config.json (HOOKSHIFT_CONFIG)"),
  Options.withFallbackConfig(Config.string("HOOKSHIFT_CONFIG")),
  Options.optional
)

export const json = Options.boolean("json").pipe(Options.withDescription("Print JSON"))

export const debug = Options.boolean("debug").pipe(Options.withDescription("Print the stack trace of an error"))

export const shared = { db, config, json, debug }

/** Of commands whose work may take longer than some seconds. */
export const quiet = Options.boolean("quiet").pipe(Options.withAlias("q"), Options.withDescription("Show no progress"))

/** Options that have one meaning everywhere: the help names them last. */
export const commonOptions: ReadonlySet<string> = new Set(Object.keys({ ...shared, quiet }).map((name) => `--${name}`))

export const seed = usually(Options.integer("seed"), 1, "Random seed: the same seed gives the same result")

export const out = usually(Options.directory("out"), "reports", "The folder for the reports")

export const usualReconcile = "1h"
export const usualHealing = "4h"
/** Of `--reconcile`: the plan decides. */
export const plannedInterval = "planned"

export const reconcile = unlessGiven(
  "reconcile",
  usualReconcile,
  "Interval between reconciliation sweeps: 15m, 1h, 6h",
  "DURATION"
)

/** Of a receiver. */
export const receiverReconcile = unlessGiven(
  "reconcile",
  usualReconcile,
  "Interval between reconciliation sweeps, which heal lost pushes: 15m, 1h, off",
  "DURATION"
)

/** Of commands that plan: an interval that is given takes the place of the plan's. */
export const plannedReconcile = textWithDefault(
  "reconcile",
  plannedInterval,
  "One interval between reconciliation sweeps for every type, such as 1h, in place of the plan's",
  "DURATION"
)

export const migration = Options.file("migration").pipe(
  Options.withDescription(
    "Carry out the plan of this file (hookshift plan --out); default hookshift.plan.json where there is one; none makes a new one"
  ),
  Options.optional
)

export const healWithin = unlessGiven(
  "heal-within",
  usualHealing,
  "The longest that a lost push may stay unnoticed under the plan",
  "DURATION"
)

export const route = Options.text("route").pipe(
  Options.withPseudoName("ROUTES"),
  Options.withDescription(
    "The routes that events come by, for every account as far as its product has them: app or app,rule; by default those of the configuration"
  ),
  Options.optional
)

export const format = textWithDefault(
  "format",
  "md,html,json",
  "The report formats, separated by commas: md, html, summary, json, sarif, junit",
  "LIST"
)

export const failOn = Options.text("fail-on").pipe(
  Options.withPseudoName("LIST"),
  Options.withDescription("Exit 1 on new findings of this severity or id: error, warning, info, small-pages"),
  Options.withDefault("")
)

export const slo = Options.text("slo").pipe(
  Options.withPseudoName("GOALS"),
  Options.withDescription(
    "Freshness goals by entity type, in place of today's freshness at p95: ticket=60s@p95,contact=1h@max; none drops them all"
  ),
  Options.withDefault("")
)

export const faults = Options.text("faults").pipe(
  Options.withPseudoName("FAULTS"),
  Options.withDescription(
    "Faults to inject: drop=0.05,duplicate=0.02,reorder=0.1,delay=0.01,receiverDown=2h@10h; in the model also slowAck=0.01, providerDown, ruleOff, secretRotated, lossBurst=1h@9h, restart=@9h, skew=90s"
  ),
  Options.withDefault("")
)

export const mirror = Options.boolean("mirror").pipe(
  Options.withDescription("Run the demo's programs through the mirror as well, for a third column")
)

export const listen = Options.text("listen").pipe(
  Options.withPseudoName("HOST:PORT"),
  Options.withDescription("Address to listen on; a port alone is on loopback"),
  Options.optional
)

export const keepBodies = Options.boolean("keep-bodies").pipe(
  Options.withDescription("Also keep request and response bodies, redacted by field name and pattern")
)
