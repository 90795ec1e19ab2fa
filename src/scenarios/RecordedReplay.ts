/**
 * A replay from a recording of your own, where neither programs nor bodies are at hand. The polling path is the
 * recording itself: its calls, and the versions that they saw. The webhook path runs against an account rebuilt from
 * those versions, beside the recorded GETs that stay, made again at their moments.
 */
import { Redacted } from "effect"
import type { Analysis } from "../analysis/index.js"
import type { ReplayParts } from "../audit/index.js"
import { instrumentFetch, openRecorder, type Recorder } from "../capture/index.js"
import type { AccountScript } from "../domain/AccountScript.js"
import { authorizationHeader } from "../providers/clients.js"
import { type FreshworksProduct, freshworksProducts, type Provider, providerOf } from "../providers/index.js"
import {
  type ReplayEnvironment,
  type RunningPollers,
  type StartProviderPort,
  startReplayEnvironment
} from "../replay/index.js"
import { completedTimeline } from "./CompletedTimeline.js"
import { rebuiltAccount } from "./RebuiltAccount.js"
import { lastDay, type RecordedCall, readRecording, timelineOf } from "./RecordedTimeline.js"
import { typesOf } from "./ScenarioColumns.js"
import { unseenId } from "./UnseenIds.js"

/** An account whose script was rebuilt from its recording. */
export interface RebuiltAccount {
  readonly product: FreshworksProduct
  readonly account: string
  readonly plan: string
  readonly script: AccountScript
}

/** Serves rebuilt accounts; the command line gives the simulator. */
export type ServeAccounts = (accounts: ReadonlyArray<RebuiltAccount>) => StartProviderPort

const canBeRebuilt = (product: string | null): product is FreshworksProduct =>
  freshworksProducts.some((name) => name === product)

/** The parts of a replay of what `db` holds. A window longer than a day is replayed for its last day. */
export const recordedReplay =
  (serve: ServeAccounts, db: string, seed: number) =>
  (analysis: Analysis): ReplayParts => {
    const window = lastDay(analysis.window)
    const needs = analysis.needs.filter(({ product }) => canBeRebuilt(product))
    const recorded = needs.map((need) => {
      const provider = providerOf(need.product)!
      const product = need.product as FreshworksProduct
      const { calls, versions } = readRecording(db, need.account, window)
      const timeline = completedTimeline(
        timelineOf(versions, calls, provider, window.from),
        typesOf(provider, need),
        need,
        provider.product,
        window,
        seed,
        (entity, n) => unseenId(provider, entity, n)
      )
      const account: RebuiltAccount = {
        product,
        account: need.account,
        plan: planOf(provider, analysis.rateLimits.find((limit) => limit.account === need.account)?.plan),
        script: rebuiltAccount(timeline, calls, provider, window.from)
      }
      return { account, calls }
    })
    const startProviderPort: StartProviderPort = serve(recorded.map(({ account }) => account))
    const calls = recorded.flatMap((one) => one.calls).sort((a, b) => a.startedAt - b.startedAt || a.id - b.id)
    return {
      window,
      startProviderPort,
      accounts: new Set(needs.map(({ account }) => account)),
      driver: "the recording itself: its calls, and what they saw",
      startKept: async (stage, file) => {
        const replaced = new Map(
          needs.flatMap(({ replacedCalls }) => [...replacedCalls].map(([stream, at]) => [stream, new Set(at)] as const))
        )
        return startCalls(
          stage,
          file,
          calls.filter(({ startedAt, stream }) => replaced.get(stream)?.has(startedAt) !== true)
        )
      },
      polling: async () => ({ calls: calls.length, truth: await changesOf(startProviderPort, window, seed), db })
    }
  }

/** The plan that is named; else the largest, so that no call is refused that was not. */
const planOf = (provider: Provider, name: string | null | undefined): string => {
  if (name !== null && name !== undefined && provider.plans[name] !== undefined) return name
  return Object.entries(provider.plans).sort(([, a], [, b]) => b.limit - a.limit)[0]![0]
}

/** The truth of the script: the stand-in adds the stamps that move with it, as a reply moves its ticket's. */
const changesOf = async (
  startProviderPort: StartProviderPort,
  window: { readonly from: number; readonly to: number },
  seed: number
) => {
  const stage = await startReplayEnvironment(startProviderPort, { from: window.from, changesUntil: window.to, seed })
  await stage.time.runUntil(window.to - 1)
  const truth = stage.providerPort.truth()
  await stage.close()
  return truth
}

/** Makes recorded calls again: each at its moment, whatever became of the ones before. */
const startCalls = (stage: ReplayEnvironment, db: string, calls: ReadonlyArray<RecordedCall>): RunningPollers => {
  const recorders = new Map<string, { readonly recorder: Recorder; readonly fetch: typeof fetch }>()
  const clientOf = (integration: string) => {
    let client = recorders.get(integration)
    if (client === undefined) {
      const recorder = openRecorder({
        db,
        integration,
        now: stage.time.now,
        hosts: stage.providerPort.accounts.map(
          ({ account, product, url }) => `${new URL(url).host}=${product}@${account}`
        )
      })
      client = { recorder, fetch: instrumentFetch(fetch, recorder) }
      recorders.set(integration, client)
    }
    return client
  }
  const urls = new Map(stage.providerPort.accounts.map(({ account, url }) => [account, url]))
  for (const call of calls) {
    const url = urls.get(call.of.account)
    const provider = providerOf(call.of.product)
    if (url === undefined || provider === null) continue
    const authorization = authorizationHeader({
      scheme: provider.defaultScheme,
      secret: Redacted.make(`recorded-${call.of.principal ?? "nobody"}`)
    })
    stage.time.at(call.startedAt, () => {
      void clientOf(call.of.integration)
        .fetch(urlOf(url, call, provider), { headers: { authorization } })
        .then((response) => response.arrayBuffer())
        .catch(() => undefined) // a refused call is recorded as such
    })
  }
  const all = (use: (recorder: Recorder) => Promise<void>) =>
    Promise.all([...recorders.values()].map(({ recorder }) => use(recorder)))
  return {
    flush: async () => void (await all((recorder) => recorder.flush())),
    // Their moments all lie within the window.
    rest: () => undefined,
    stop: async () => void (await all((recorder) => recorder.close()))
  }
}

/** The call's URL as far as the recording has it. Hashed values are left out; a search asks for open tickets. */
const urlOf = (origin: string, call: RecordedCall, provider: Provider): string => {
  const url = new URL(origin)
  let subject = call.subject
  url.pathname = call.of.template.replace(/\{[a-z]+\}/g, () => {
    const value = subject ?? "1"
    subject = null
    return value
  })
  for (const part of call.of.query.split("&").filter((piece) => piece !== "")) {
    const [name, value] = part.split("=", 2) as [string, string]
    if (value === "*" && call.since !== null) url.searchParams.set(name, provider.stamp(call.since))
    else if (name === "query") url.searchParams.set(name, '"status:2"')
    else if (value !== "*" && !value.startsWith("#")) url.searchParams.set(name, value)
  }
  if (call.page !== null) url.searchParams.set("page", String(call.page))
  return url.href
}
