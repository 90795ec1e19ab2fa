/**
 * Bulk requests: at most 100 records each, and a 200 does not mean that every record succeeded (FRESHWORKS.md, "Bulk").
 * So the result is in two parts: all done, or a `BulkPartialFailure` in the error channel, which names what was not
 * done.
 */
import { Duration, Effect, Schedule, Schema } from "effect"
import type { ProviderError } from "./ProviderError.js"
import type { Transport } from "./Transport.js"

/** The most records that one bulk request takes. */
export const maxBulkRecords = 100

export interface BulkOutcome {
  readonly id: string
  readonly success: boolean
  /** The product's own code or text of why not; `null` when it did not say. */
  readonly reason: string | null
}

/** Some records were not changed. `failed` are theirs, ready for `retryFailed`; `succeeded` are done and stay so. */
export class BulkPartialFailure extends Schema.TaggedError<BulkPartialFailure>()("BulkPartialFailure", {
  product: Schema.String,
  succeeded: Schema.Array(Schema.String),
  failed: Schema.Array(Schema.Struct({ id: Schema.String, reason: Schema.NullOr(Schema.String) }))
}) {
  override get message(): string {
    const reasons = [...new Set(this.failed.map(({ reason }) => reason ?? "no reason given"))].slice(0, 3).join("; ")
    return `${this.failed.length} of ${this.failed.length + this.succeeded.length} records were not changed (${reasons}): look at \`failed\`, mend them, and send those alone again`
  }
}

/** Every record was changed. */
export interface BulkDone {
  readonly ids: ReadonlyArray<string>
}

/** Sends one request for up to 100 records. */
export type SendChunk<R> = (records: ReadonlyArray<R>) => Effect.Effect<ReadonlyArray<BulkOutcome>, ProviderError>

/**
 * Sends all records in chunks, one after the other, each independent of the chunks before. The records of a request
 * that failed whole count as failed with that request's reason.
 */
export const sendInChunks = <R>(
  product: string,
  records: ReadonlyArray<R>,
  idOf: (record: R) => string,
  send: SendChunk<R>
): Effect.Effect<BulkDone, BulkPartialFailure | ProviderError> =>
  Effect.gen(function* () {
    const outcomes: Array<BulkOutcome> = []
    let firstError: ProviderError | null = null
    for (let from = 0; from < records.length; from += maxBulkRecords) {
      const chunk = records.slice(from, from + maxBulkRecords)
      const made = yield* Effect.either(send(chunk))
      if (made._tag === "Right") {
        const known = new Map(made.right.map((outcome) => [outcome.id, outcome]))
        // A record that the answer does not mention counts as not done.
        for (const record of chunk)
          outcomes.push(
            known.get(idOf(record)) ?? { id: idOf(record), success: false, reason: "the answer does not mention it" }
          )
      } else {
        firstError ??= made.left
        for (const record of chunk) outcomes.push({ id: idOf(record), success: false, reason: made.left.reason })
      }
    }
    const succeeded = outcomes.filter((outcome) => outcome.success).map(({ id }) => id)
    const failed = outcomes.filter((outcome) => !outcome.success).map(({ id, reason }) => ({ id, reason }))
    if (failed.length === 0) return { ids: succeeded }
    if (firstError !== null && succeeded.length === 0) return yield* firstError
    return yield* new BulkPartialFailure({ product, succeeded, failed })
  })

/** Sends the failed records again, up to so many times, and fails with the rest. */
export const retryFailed = <R>(
  records: ReadonlyArray<R>,
  idOf: (record: R) => string,
  run: (records: ReadonlyArray<R>) => Effect.Effect<BulkDone, BulkPartialFailure | ProviderError>,
  times = 2
): Effect.Effect<BulkDone, BulkPartialFailure | ProviderError> =>
  run(records).pipe(
    Effect.catchTag("BulkPartialFailure", (partial) => {
      if (times === 0) return Effect.fail(partial)
      const wanted = new Set(partial.failed.map(({ id }) => id))
      const left = records.filter((record) => wanted.has(idOf(record)))
      const done = (ids: ReadonlyArray<string>) => [...partial.succeeded, ...ids]
      return retryFailed(left, idOf, run, times - 1).pipe(
        Effect.map(({ ids }) => ({ ids: done(ids) })),
        Effect.mapError((error) =>
          error._tag === "BulkPartialFailure"
            ? new BulkPartialFailure({
                product: error.product,
                succeeded: done(error.succeeded),
                failed: error.failed
              })
            : new BulkPartialFailure({
                product: error.product,
                succeeded: [...partial.succeeded],
                failed: partial.failed
              })
        )
      )
    })
  )

/** A bulk request's job, as the products show it. */
const Job = Schema.Struct({
  status: Schema.String,
  data: Schema.optionalWith(
    Schema.Array(
      Schema.Struct({
        id: Schema.Union(Schema.Number, Schema.String),
        success: Schema.Boolean,
        error: Schema.optional(Schema.NullOr(Schema.String))
      })
    ),
    { default: () => [] }
  )
})

const hasEnded = ({ status }: typeof Job.Type): boolean => /^(?:completed|success|failed|partial|error)/i.test(status)

/** Sends a bulk request, polls its job until it has ended, and returns each record's outcome. */
export const runJob = (
  { fail, send }: Pick<Transport, "fail" | "send">,
  request: {
    readonly method: "POST" | "PUT"
    readonly path: string
    readonly body: unknown
    readonly repeatable?: boolean
  }
): Effect.Effect<ReadonlyArray<BulkOutcome>, ProviderError> =>
  Effect.gen(function* () {
    const { job_id: job } = yield* send({
      ...request,
      schema: Schema.Struct({ job_id: Schema.String }),
      what: "the bulk request"
    })
    const { data } = yield* awaitJob(send({ path: `/jobs/${job}`, schema: Job, what: "the bulk job" }), hasEnded, () =>
      fail("rejected", `the bulk job ${job} has not ended within half an hour: ask for it again later`)
    )
    return data.map(({ error, id, success }) => ({ id: String(id), success, reason: error ?? null }))
  })

/** Asks for a job until it has ended: a second, then longer each time with jitter, at most half an hour. */
const awaitJob = <A>(
  ask: Effect.Effect<A, ProviderError>,
  ended: (job: A) => boolean,
  timedOut: () => ProviderError
): Effect.Effect<A, ProviderError> =>
  Effect.flatMap(ask, (job) => (ended(job) ? Effect.succeed(job) : Effect.fail("running" as const))).pipe(
    Effect.retry({
      while: (error) => error === "running",
      schedule: Schedule.exponential(Duration.seconds(1), 1.5).pipe(
        Schedule.either(Schedule.spaced(Duration.seconds(30))),
        Schedule.jittered
      )
    }),
    Effect.catchAll((error) => Effect.fail(error === "running" ? timedOut() : error)),
    Effect.timeoutFail({ duration: Duration.minutes(30), onTimeout: timedOut })
  )
