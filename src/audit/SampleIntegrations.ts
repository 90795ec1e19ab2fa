/** The sample integrations of fixtures/: real programs, run unchanged in threads that follow the replay's clock. */
import { builtEntry } from "../capture/index.js"
import { type RunningPollers, type Stage, startProgram } from "../replay/index.js"

export interface SampleIntegration {
  readonly name: string
  readonly file: string
}

export const sampleIntegrations: ReadonlyArray<SampleIntegration> = [
  { name: "helpdesk-mirror", file: "tickets-every-minute.mjs" },
  { name: "crm-contacts", file: "contacts-every-ten-minutes.mjs" },
  { name: "warehouse-feed", file: "tickets-with-conversations.mjs" },
  { name: "company-list", file: "companies-by-cron.mjs" },
  { name: "overdue-wallboard", file: "overdue-search.mjs" },
  { name: "warehouse-export", file: "warehouse-export.mjs" }
]

/** Starts them on a stage, each with a recorder of its own, all into one database. */
export const startSampleIntegrations = (
  stage: Stage,
  db: string,
  seed: number,
  integrations: ReadonlyArray<SampleIntegration>
): RunningPollers => {
  const { standIn, time } = stage
  const programs = integrations.map(({ file, name }) =>
    startProgram(time, {
      name,
      program: new URL(`../fixtures/integrations/${file}`, builtEntry("")),
      register: builtEntry("register.js"),
      thread: builtEntry("program-thread.js"),
      origin: standIn.url,
      env: {
        FRESHDESK_URL: standIn.url,
        FRESHDESK_API_KEY: `sample-key-${name}`,
        HOOKSHIFT_DB: db,
        HOOKSHIFT_INTEGRATION: name,
        HOOKSHIFT_SALT: `demo ${seed}`,
        HOOKSHIFT_HOSTS: `${new URL(standIn.url).host}=freshdesk@${standIn.account}`
      }
    })
  )
  return {
    flush: async () => {
      await Promise.all(programs.map((program) => program.flush()))
    },
    stop: async () => {
      await Promise.all(programs.map((program) => program.stop()))
    }
  }
}
