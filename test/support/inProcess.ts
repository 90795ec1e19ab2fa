/** A simulated product without sockets: requests are answered in this thread, under a clock that the test moves. */
import { HttpClient, HttpClientError, HttpClientResponse, UrlParams } from "@effect/platform"
import { Effect } from "effect"
import type { Timekeeper } from "../../src/domain/Time.js"
import { noFaults } from "../../src/simulator/Faults.js"
import { makeOAuthServer } from "../../src/simulator/OAuthServer.js"
import { type SimulatedProduct, type SimulatedProductName, startProduct } from "../../src/simulator/Product.js"

export interface ManualTime extends Timekeeper {
  readonly advance: (ms: number) => void
}

export const manualTime = (start: number): ManualTime => {
  let now = start
  const due: Array<{ at: number; run: () => void }> = []
  return {
    now: () => now,
    at: (at, run) => {
      const entry = { at, run }
      due.push(entry)
      return () => void due.splice(due.indexOf(entry), 1)
    },
    advance: (ms) => {
      now += ms
      for (const entry of due.filter(({ at }) => at <= now)) {
        due.splice(due.indexOf(entry), 1)
        entry.run()
      }
    }
  }
}

export const inProcess = (
  name: SimulatedProductName,
  options: {
    readonly seed: number
    readonly entities: number
    readonly time: ManualTime
    readonly bulk?: number
    readonly readLagMs?: number
    readonly restricted?: ReadonlySet<string>
    readonly revoked?: ReadonlySet<string>
    readonly searchLagMs?: number
    readonly workspaces?: number
  }
): SimulatedProduct =>
  startProduct(name, {
    account: "acme.example",
    plan: "enterprise",
    seed: options.seed,
    entities: options.entities,
    changesPerHour: 0,
    readLagMs: options.readLagMs ?? 0,
    deliveryPolicy: "brief",
    revoked: options.revoked ?? new Set(["revoked"]),
    ...(options.restricted === undefined ? {} : { restricted: options.restricted }),
    ...(options.searchLagMs === undefined ? {} : { searchLagMs: options.searchLagMs }),
    ...(options.workspaces === undefined ? {} : { workspaces: options.workspaces }),
    time: options.time,
    faults: () => ({ ...noFaults, bulk: options.bulk ?? 0 }),
    oauth: makeOAuthServer(options.time),
    onPost: () => undefined
  })

/** `between` runs after each answer: what happens in the world while somebody reads. */
export const httpInto = (product: SimulatedProduct, between: () => void = () => undefined): HttpClient.HttpClient =>
  HttpClient.make((request) =>
    Effect.try({
      try: () => {
        const url = new URL(request.url)
        for (const [key, value] of UrlParams.toRecord(request.urlParams) ? request.urlParams : [])
          url.searchParams.append(key, value)
        const body =
          request.body._tag === "Uint8Array" ? JSON.parse(new TextDecoder().decode(request.body.body)) : undefined
        const answer = product.handle({
          method: request.method,
          path: url.pathname,
          query: url.searchParams,
          body,
          authorization: request.headers["authorization"],
          origin: url.origin
        })
        between()
        const text = answer.body === undefined ? null : JSON.stringify(answer.body)
        return HttpClientResponse.fromWeb(
          request,
          new Response(answer.status === 204 ? null : text, {
            status: answer.status,
            headers: { "content-type": "application/json", ...answer.headers }
          })
        )
      },
      catch: (cause) => new HttpClientError.RequestError({ request, reason: "Transport", cause })
    })
  )
