/**
 * Configurations and provider descriptions made to break their reading: each is accepted whole, or refused with one
 * sentence.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { FetchHttpClient } from "@effect/platform"
import { Cause, Duration, Effect, Exit, Option } from "effect"
import { expect, it } from "vitest"
import { accountsOf } from "../../src/cli/Accounts.js"
import { readSettings } from "../../src/cli/commands/receive/receiverSettings.js"
import { describeFailure } from "../../src/cli/Failure.js"
import { ConfigError, loadConfig, sourceLimits } from "../../src/config/service.js"
import { terminalText } from "../../src/domain/PlainText.js"
import {
  allProviders,
  endpointMatcher,
  productForHost,
  providerOf,
  replaceDescribed
} from "../../src/providers/index.js"
import { teachProviders } from "../../src/providers/service.js"
import { parsePayload } from "../../src/receiver/payloads/PayloadParser.js"
import { Store } from "../../src/store/service.js"
import { attack, campaignMs, inputsOf, seed, type World } from "./Campaign.js"
import { grown } from "./Corpus.js"
import { type Dice, diceOf } from "./Dice.js"
import { damagedBytes, mutated } from "./Mutation.js"
import { goodBodies } from "./Posted.js"
import { type Tree, treeOf, written } from "./Tree.js"

const share = 0.1

/** Base64; what the file is. */
interface Written {
  readonly kind: "configuration" | "description"
  readonly bytes: string
}

const source = {
  product: "freshdesk",
  baseUrl: "https://acme.freshdesk.com",
  plan: "garden",
  serviceAccount: 900,
  limit: { limit: 3000, period: "hour" },
  auth: { scheme: "basic", secretEnv: "ATTACK_KEY" },
  webhook: {
    profile: "freshworks",
    route: "app",
    secretEnv: "ATTACK_HOOK",
    encoding: "hex",
    allowFrom: ["203.0.113.0/24"]
  },
  reconcile: { every: "1 hour", overlap: "2 minutes", deletionsEvery: "1 day", conversation: "6h", company: "off" }
}
const configurations = [
  {
    sources: { fd: source },
    receiver: {
      publicUrl: "https://hooks.acme.example",
      listen: "127.0.0.1:8787",
      admin: "off",
      maxBodyBytes: 1048576,
      ackDeadline: "4 seconds",
      forward: "http://127.0.0.1:3000/events",
      forwardSecretEnv: "ATTACK_HOOK",
      handOverTimeout: "15 seconds",
      concurrency: 32,
      ratePerSecond: 200,
      trustProxy: ["10.0.0.0/8"],
      maxConnections: 2000,
      keepDelivered: "30 days",
      maxInboxBytes: 10000000000,
      logs: "json"
    },
    inbox: { keyEnv: "ATTACK_INBOX" },
    capture: { hosts: ["127.0.0.1:4010"], integration: "sync", keepBodies: false },
    proxy: {
      listen: "127.0.0.1:0",
      upstreams: [{ path: "/freshdesk", url: "https://acme.freshdesk.com" }],
      timeout: "5 minutes"
    }
  },
  {
    sources: {
      fs: {
        ...source,
        product: "freshservice",
        plan: "starter",
        webhook: { route: "ui", profile: "token", secretEnv: "ATTACK_HOOK" },
        reconcile: { problem: "1h" }
      },
      sales: {
        product: "freshsales",
        baseUrl: "https://a.myfreshworks.com",
        auth: { scheme: "token", secretEnv: "ATTACK_KEY" },
        webhook: { route: "ui", secretEnv: "ATTACK_HOOK" }
      },
      chat: {
        product: "freshchat",
        baseUrl: "https://api.freshchat.com/v2",
        webhook: { secretEnv: "ATTACK_HOOK" },
        auth: {
          scheme: "oauth",
          clientId: "c",
          secretEnv: "ATTACK_KEY",
          authorizationUrl: "https://a/x",
          tokenUrl: "https://a/t",
          redirectUrl: "http://127.0.0.1:1/",
          tokenFile: "t.json",
          scopes: ["a"]
        }
      }
    }
  },
  {}
].map(treeOf)
const listed = { path: "/issues", itemsAt: "issues", timeFilter: "since", parameters: { state: "all" } }
const descriptions = [
  {
    name: "tracker",
    hosts: ["api.tracker.example"],
    auth: "bearer",
    base: "/repos/{owner}/{repo}",
    entities: {
      issue: {
        id: "number",
        updatedAt: "updated_at",
        createdAt: "created_at",
        list: listed,
        item: "/issues/{number}",
        search: listed,
        pushes: { actions: ["create", "update", "delete"], fields: ["title"] }
      }
    },
    paging: { perPage: "per_page", page: "page", maxPerPage: 100, ceiling: 300 },
    limits: { personal: { limit: 5000, period: "hour", source: "docs" } },
    webhook: {
      profile: "github",
      place: "Settings",
      payloads: [
        {
          entity: "issue",
          header: { name: "x-github-event", value: "issues" },
          field: { at: "a.b", value: "c" },
          entityAt: "issue",
          actionAt: "action",
          creates: ["opened"],
          deletes: ["deleted"],
          actorAt: "sender.id"
        }
      ]
    }
  },
  {
    name: "shop",
    hosts: ["shop.example"],
    entities: { parcel: { list: { path: "/parcels" }, pushes: { actions: ["update"] } } }
  }
].map(treeOf)

const environment = { ATTACK_KEY: "k", ATTACK_HOOK: "attack-secret", ATTACK_INBOX: "0".repeat(64) }

/** One sentence for a person: one line, and nothing of the program's inside in it. */
const isSentence = (text: string): boolean =>
  text.length > 0 &&
  text.length < 1_000 &&
  !/[\p{Cc}]|\[object |undefined|\bNaN\b|TypeError|something went wrong inside/u.test(text)

/** As the command line shows it. */
const refused = (cause: Cause.Cause<unknown>): "refused" => {
  const text = terminalText(describeFailure(cause).message)
  if (!isSentence(text)) throw new Error(`refused with "${text.slice(0, 3_000)}"`)
  return "refused"
}

const spansOf = (value: unknown): ReadonlyArray<Duration.Duration> =>
  Duration.isDuration(value)
    ? [value]
    : typeof value === "object" && value !== null
      ? Object.values(value).flatMap(spansOf)
      : []

const openFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), "hookshift-attack-"))
  Object.assign(process.env, environment)
  const file = join(folder, "c.json")

  /** As `receive` and the commands that analyse read it. */
  const configuration = (text: Buffer): "accepted" | "refused" => {
    writeFileSync(file, text)
    const exit = Effect.runSyncExit(
      Effect.gen(function* () {
        // No store is asked without reconciliation.
        const settings = yield* readSettings(yield* loadConfig(file), {
          forward: Option.none(),
          exec: Option.none(),
          every: null,
          backfill: false,
          migration: Option.none(),
          takesStoredPlan: false
        })
        yield* accountsOf({ config: Option.some(file), route: Option.none() })
        return settings
      }).pipe(Effect.provide(FetchHttpClient.layer), Effect.provideService(Store, {} as never))
    )
    if (Exit.isFailure(exit)) {
      if (!Cause.isFailType(exit.cause)) throw new Error(`a defect: ${Cause.pretty(exit.cause)}`)
      return refused(exit.cause)
    }
    const { config, settings, sources } = exit.value
    const said = Object.keys((JSON.parse(text.toString().replace(/^\uFEFF/, "")) as { sources?: object }).sources ?? {})
    expect(Object.keys(settings).sort(), "each source that is configured is there").toEqual(said.sort())
    for (const span of spansOf(config))
      if (!(Duration.toMillis(span) < 1e15))
        throw new Error(`a duration that never ends was accepted: ${Duration.format(span)}`)
    for (const one of sources) {
      const limits = sourceLimits(one)
      if (limits !== null && !(limits.limit > 0))
        throw new Error(`limits that are none were accepted: ${JSON.stringify(limits)}`)
    }
    return "accepted"
  }

  const description = (text: Buffer): "accepted" | "refused" => {
    writeFileSync(file, text)
    try {
      const problem = teachProviders([file], "/")
      if (problem !== null) return refused(Cause.fail(new ConfigError({ message: problem })))
      for (const provider of allProviders().filter(({ described }) => described !== undefined)) {
        endpointMatcher(provider)
        productForHost("api.tracker.example")
        for (const body of goodBodies) {
          const read = parsePayload(Buffer.from(written(body)), {
            provider: providerOf(provider.product),
            header: () => "issues"
          })
          if (!read.understood && read.reason.startsWith("a body that its reading"))
            throw new Error(`the description accepts, and its reading breaks on ${written(body)}`)
        }
      }
      return "accepted"
    } finally {
      replaceDescribed([])
    }
  }
  return {
    take: ({ bytes, kind }: Written) =>
      (kind === "configuration" ? configuration : description)(Buffer.from(bytes, "base64")),
    close: () => {
      for (const name of Object.keys(environment)) delete process.env[name]
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

const open = async (count: (outcome: string) => void): Promise<World<Written>> => {
  const { close, take } = openFolder()
  return {
    run: async (inputs) => {
      for (const input of inputs) count(`${input.kind} ${take(input)}`)
      expect(Object.keys(Object.prototype), "no prototype is changed").toEqual([])
    },
    settle: async () => undefined,
    close: async () => close()
  }
}

interface Seed {
  readonly kind: Written["kind"]
  readonly tree: Tree
}

const make = (corpus: ReadonlyArray<Seed>, dice: Dice): Written => {
  const { kind, tree } = dice.pick(corpus)
  const text = written(mutated(tree, dice))
  const bytes = dice.chance(0.85)
    ? Buffer.from(text)
    : dice.chance(0.5)
      ? damagedBytes(Buffer.from(text), dice)
      : Buffer.from(`\ufeff${text}`)
  return { kind, bytes: bytes.toString("base64") }
}

it(
  "a configuration or description of any sort is accepted whole, or refused with one sentence",
  async () => {
    const { close, take } = openFolder()
    for (const [kind, tree] of [
      ...configurations.slice(0, 2).map((tree) => ["configuration", tree] as const),
      ...descriptions.map((tree) => ["description", tree] as const)
    ])
      expect(take({ kind, bytes: Buffer.from(written(tree)).toString("base64") }), "the good ones are good").toBe(
        "accepted"
      )
    const corpus = await grown<Seed>({
      good: [
        ...configurations.map((tree) => ({ kind: "configuration", tree }) as const),
        ...descriptions.map((tree) => ({ kind: "description", tree }) as const)
      ],
      dice: diceOf(seed, "configurations"),
      tries: Math.ceil(inputsOf(share) / 4),
      folders: ["config", "providers", "cli"],
      mutate: ({ kind, tree }, dice) => ({ kind, tree: mutated(tree, dice) }),
      attempt: ({ kind, tree }) => {
        // A fault is found, and told, by the same input's like in the campaign.
        try {
          take({ kind, bytes: Buffer.from(written(tree)).toString("base64") })
        } catch {}
      }
    })
    close()
    await attack<Written>({
      name: "configurations",
      share,
      together: 50,
      inRound: 500,
      open,
      make: (dice) => make(corpus, dice)
    })
  },
  campaignMs
)
