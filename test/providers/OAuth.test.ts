import { readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { FetchHttpClient } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Redacted, Stream } from "effect"
import { fileTokenStore, makeFreshsalesClient, makeOAuth, type TokenStore } from "../../src/providers/clients.js"
import { startSimulator } from "../../src/simulator/index.js"
import { temporaryFolder } from "../support/files.js"
import { manualTime } from "../support/inProcess.js"

const setUp = Effect.gen(function* () {
  // The server's clock is the test's: its tokens run out when we say so.
  const time = manualTime(Date.now())
  const simulator = yield* Effect.acquireRelease(
    Effect.promise(() => startSimulator({ products: ["freshsales"], entities: 60, changesPerHour: 0, time })),
    (running) => Effect.promise(() => running.close())
  )
  const file = join(temporaryFolder(), "tokens.json")
  const make = (store: TokenStore = fileTokenStore("freshsales", file)) =>
    makeOAuth({
      product: "freshsales",
      clientId: "app",
      clientSecret: Redacted.make("canary-client-secret"),
      authorizationUrl: `${simulator.url}/org/oauth/v2/authorize`,
      tokenUrl: `${simulator.url}/org/oauth/v2/token`,
      redirectUrl: "http://127.0.0.1:1/callback",
      scopes: ["contacts.read"],
      store
    })
  const grant = (oauth: Effect.Effect.Success<ReturnType<typeof makeOAuth>>) =>
    Effect.gen(function* () {
      const pending = yield* oauth.begin
      const answer = yield* Effect.promise(() => fetch(pending.url, { redirect: "manual" }))
      return { pending, back: answer.headers.get("location")! }
    })
  return { simulator, time, file, make, grant }
})

const run = <A, E>(
  effect: Effect.Effect<A, E, import("effect").Scope.Scope | import("@effect/platform").HttpClient.HttpClient>
) => Effect.runPromise(Effect.scoped(effect).pipe(Effect.provide(FetchHttpClient.layer)))

const contacts = (url: string, oauth: Effect.Effect.Success<ReturnType<typeof makeOAuth>>) =>
  Effect.flatMap(makeFreshsalesClient({ baseUrl: url, authentication: oauth.authentication }), (client) =>
    Stream.runCount(client.list("contact"))
  )

describe("OAuth", () => {
  it("grants with PKCE, keeps the tokens for their owner only, and calls with them", () =>
    run(
      Effect.gen(function* () {
        const { file, grant, make, simulator } = yield* setUp
        const oauth = yield* make()
        expect((yield* Effect.flip(contacts(simulator.url, oauth))).message).toContain("run hookshift authorize")
        const { back, pending } = yield* grant(oauth)
        expect(new URL(pending.url).searchParams.get("code_challenge_method")).toBe("S256")
        yield* oauth.complete(back, pending)
        expect(statSync(file).mode & 0o777).toBe(0o600)
        expect(readFileSync(file, "utf8")).not.toContain("canary")
        expect(yield* contacts(simulator.url, oauth)).toBeGreaterThan(20)
        // Another process finds them.
        expect(yield* contacts(simulator.url, yield* make())).toBeGreaterThan(20)
      })
    ))
  it("refuses a grant whose state or verifier is another's", () =>
    run(
      Effect.gen(function* () {
        const { grant, make } = yield* setUp
        const oauth = yield* make()
        const { back, pending } = yield* grant(oauth)
        const { pending: other } = yield* grant(oauth)
        const wrongState = yield* Effect.flip(oauth.complete(back, other))
        expect(wrongState._tag).toBe("ProviderError")
        const wrongVerifier = yield* Effect.flip(oauth.complete(back, { ...pending, verifier: other.verifier }))
        expect(wrongVerifier).toMatchObject({ reason: "unauthorized" })
        expect(wrongVerifier.message).toContain("invalid_grant")
      })
    ))
  it("refreshes once for all who ask at the same time, and when a token was taken back", () =>
    run(
      Effect.gen(function* () {
        const { grant, make, simulator, time } = yield* setUp
        let saved = 0
        let kept: Effect.Effect.Success<TokenStore["load"]> = null
        const store: TokenStore = {
          load: Effect.sync(() => kept),
          save: (tokens) =>
            Effect.sync(() => {
              saved += 1
              kept = tokens
            })
        }
        const oauth = yield* make(store)
        const { back, pending } = yield* grant(oauth)
        yield* oauth.complete(back, pending)
        expect(saved).toBe(1)
        // It runs out at the server while ours still counts on it: the refused call is made again with a new one.
        time.advance(31 * 60_000)
        expect(yield* contacts(simulator.url, oauth)).toBeGreaterThan(20)
        const tokens = kept!
        // A fresh process whose token has run out, asked by twenty at once: the refresh token works only once.
        kept = { ...tokens, expiresAt: 0 }
        const before = saved
        const late = yield* make(store)
        const all = yield* Effect.all(
          Array.from({ length: 20 }, () => late.authentication.accessToken),
          { concurrency: "unbounded" }
        )
        expect(new Set(all.map(Redacted.value)).size).toBe(1)
        expect(saved - before).toBe(1)
      })
    ))
})
