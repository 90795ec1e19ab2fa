/** The sample integrations of fixtures/: real programs, run unchanged in threads that follow the replay's clock. */
import { createRequire } from "node:module"
import { builtEntry } from "../domain/BuiltEntry.js"
import { type ReplayEnvironment, type RunningPollers, type RunningProgram, startProgram } from "../replay/index.js"
import type { SimulatedProductName } from "../simulator/index.js"

export interface SampleIntegration {
  readonly name: string
  readonly product: SimulatedProductName
  readonly file: string
  /** The npm client that the program polls with, where it has one; an installed hookshift does not bring it. */
  readonly client: string | null
  /** Whether it reads a list to its end, or compares all of a page: `mirror.wholePages` of a mirror for it. */
  readonly readsWhole: boolean
}

const of =
  (product: SimulatedProductName) =>
  (
    name: string,
    file: string,
    { client = null, readsWhole = false }: Partial<Pick<SampleIntegration, "client" | "readsWhole">> = {}
  ): SampleIntegration => ({ name, product, file: `${product}/${file}`, client, readsWhole })
const [desk, service, sales, chat] = [of("freshdesk"), of("freshservice"), of("freshsales"), of("freshchat")]

export const sampleIntegrations: ReadonlyArray<SampleIntegration> = [
  desk("helpdesk-mirror", "tickets-every-minute.mjs"),
  desk("crm-contacts", "contacts-every-ten-minutes.mjs"),
  desk("warehouse-feed", "tickets-with-conversations.mjs"),
  desk("company-list", "companies-by-cron.mjs", { client: "freshdesk-api" }),
  desk("overdue-wallboard", "overdue-search.mjs"),
  desk("warehouse-export", "warehouse-export.mjs", { readsWhole: true }),
  service("itsm-mirror", "tickets-every-five-minutes.mjs"),
  service("change-calendar", "changes-every-quarter-hour.mjs"),
  service("asset-inventory", "assets-every-hour.mjs"),
  sales("pipeline-board", "deals-newest-first.mjs"),
  sales("lead-router", "contacts-on-npm-client.mjs", { client: "freshsales", readsWhole: true }),
  sales("account-book", "accounts-every-hour.mjs", { readsWhole: true }),
  chat("visitor-sync", "users-every-ten-minutes.mjs"),
  chat("transcript-export", "transcripts-every-three-hours.mjs"),
  chat("agent-roster", "agents-every-quarter-hour.mjs")
]

export const sampleWholePages: ReadonlySet<string> = new Set(
  sampleIntegrations.filter(({ readsWhole }) => readsWhole).map(({ name }) => name)
)

const programOf = ({ file }: SampleIntegration): URL => new URL(`../fixtures/integrations/${file}`, builtEntry(""))

/** Whether the program's client is installed where the program would look for it. */
export const isRunnable = (integration: SampleIntegration): boolean => {
  if (integration.client === null) return true
  try {
    createRequire(programOf(integration)).resolve(integration.client)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") return false
    throw error
  }
}

/** The text that the salt of the demo's recording is made of: by it a recording is known to be the demo's. */
export const saltTextOf = (seed: number): string => `demo ${seed}`

/** The key that a sample integration is given: each has its own. */
export const sampleKeyOf = (name: string): string => `sample-key-${name}`

const betweenStartsMs = 1_733

/** Starts them on a stage, each with a recorder of its own, all into one database. */
export const startSampleIntegrations = (
  stage: ReplayEnvironment,
  db: string,
  seed: number,
  integrations: ReadonlyArray<SampleIntegration>,
  /** The address that the programs of the stage's one account are given; each account's own unless there is another. */
  url: string | null = null
): RunningPollers => {
  const { providerPort, time } = stage
  const programs: Array<RunningProgram> = []
  integrations.forEach((integration, index) => {
    const { name, product } = integration
    const account = providerPort.accounts.find((one) => one.product === product)
    if (account === undefined) return
    const prefix = product.toUpperCase()
    const given = url ?? account.url
    const urls = [...new Set([given, account.url])]
    const start = () => {
      programs.push(
        startProgram(time, {
          name,
          program: programOf(integration),
          register: builtEntry("register.js"),
          thread: builtEntry("program-thread.js"),
          origins: urls,
          env: {
            [`${prefix}_URL`]: given,
            [`${prefix}_API_KEY`]: sampleKeyOf(name),
            HOOKSHIFT_DB: db,
            HOOKSHIFT_INTEGRATION: name,
            HOOKSHIFT_SALT: saltTextOf(seed),
            HOOKSHIFT_HOSTS: urls.map((one) => `${new URL(one).host}=${product}@${account.account}`).join(",")
          }
        })
      )
    }
    // Programs of their own owners do not start in the same millisecond.
    time.at(time.now() + index * betweenStartsMs, start)
  })
  return {
    flush: async () => {
      await Promise.all(programs.map((program) => program.flush()))
    },
    rest: () => {
      for (const program of programs) program.rest()
    },
    stop: async () => {
      await Promise.all(programs.map((program) => program.stop()))
    }
  }
}
