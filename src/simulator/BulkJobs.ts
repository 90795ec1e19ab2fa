/** Bulk requests that answer with a job: it takes a while, and its outcome has a line for each record. */
import { createHash } from "node:crypto"
import type { Timekeeper } from "../domain/Time.js"
import { type ApiAnswer, notFound } from "./Api.js"
import { unitOf } from "./Randomness.js"

export interface BulkRecord {
  readonly id: number | string
  /** Makes the change; a text says why it cannot be made. */
  readonly run: () => string | null
}

export interface BulkJobs {
  readonly start: (records: ReadonlyArray<BulkRecord>) => ApiAnswer
  readonly answer: (id: string) => ApiAnswer
}

/** How long a job takes [assumed]. */
const jobMs = 3_000

export const makeBulkJobs = (product: string, seed: number, time: Timekeeper, failingShare: () => number): BulkJobs => {
  const jobs = new Map<string, { status: string; data: Array<Record<string, unknown>> }>()
  return {
    start: (records) => {
      if (records.length === 0 || records.length > 100)
        return {
          status: 400,
          body: {
            description: "Validation failed",
            errors: [{ field: "ids", message: "It should have 1 to 100 elements", code: "invalid_size" }]
          }
        }
      const hex = createHash("sha256").update(`${product} ${seed} ${jobs.size}`).digest("hex")
      const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
      const job = { status: "in_progress", data: [] as Array<Record<string, unknown>> }
      jobs.set(id, job)
      const run = () => {
        for (const record of records) {
          const unlucky = unitOf(seed, `bulk ${id} ${record.id}`) < failingShare()
          const error = unlucky ? "internal_error" : record.run()
          job.data.push({ id: record.id, success: error === null, ...(error === null ? {} : { error }) })
        }
        job.status = "completed"
      }
      time.at(time.now() + jobMs, run)
      return { status: 202, body: { job_id: id } }
    },
    answer: (id) => {
      const job = jobs.get(id)
      return job === undefined ? notFound : { status: 200, body: { id, ...job } }
    }
  }
}
