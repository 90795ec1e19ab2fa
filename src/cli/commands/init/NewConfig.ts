/** The text of a first configuration: JSON with comments that say what else there is. */
import type { OtherHost } from "../../../store/service.js"

export interface NewConfig {
  readonly source: string
  readonly product: string
  readonly baseUrl: string
  readonly account: string
  readonly apiKeyEnv: string
  /** The program that `hookshift record` starts, as a shell takes it. */
  readonly start: string
  /** Names of the product's rate-limit plans. */
  readonly plans: ReadonlyArray<string>
  /** Further hosts that stand for the account. */
  readonly hosts: ReadonlyArray<string>
  /** Hosts that the trial called and hookshift does not record. */
  readonly otherHosts: ReadonlyArray<OtherHost>
}

/** Hosts that the comment names. */
const namedHosts = 10

/** A host that stands for an account, as `capture.hosts` takes it. */
export const captureHost = (host: string, { account, product }: Pick<NewConfig, "account" | "product">): string =>
  `${host}=${product}@${account}`

export const newConfigText = (config: NewConfig): string => {
  const { apiKeyEnv, baseUrl, hosts, plans, product, source } = config
  const json = JSON.stringify
  const hookSecret = `${apiKeyEnv.replace(/_API_KEY$/, "")}_HOOK_SECRET`
  const called = config.otherHosts.slice(0, namedHosts)
  const lines = [
    "// hookshift's settings, all of which docs/configuration.md describes (node_modules/hookshift/docs).",
    "// Comments and trailing commas are allowed. No secret belongs in here: settings name variables or files.",
    "{",
    '  "sources": {',
    `    // The name is the last part of the hook URL: POST /hooks/${source}`,
    `    ${json(source)}: {`,
    `      "product": ${json(product)},`,
    `      "baseUrl": ${json(baseUrl)},`,
    "      // The API key is read from this variable; a file works as well:",
    `      //   "auth": { "secretFile": "/run/secrets/${source}" }`,
    `      "auth": { "secretEnv": ${json(apiKeyEnv)} },`,
    `      // The plan whose rate limits the account has (${plans.join(", ")}):`,
    `      //   "plan": ${json(plans.includes("growth") ? "growth" : (plans[0] ?? ""))},`,
    "      // Before webhooks are set up: the secret that their deliveries are proved with.",
    `      //   "webhook": { "secretEnv": ${json(hookSecret)} },`,
    "    }",
    "  },",
    '  "capture": {',
    "    // The program that hookshift record starts where none stands behind --",
    `    "start": ${json(config.start)},`,
    "    // Further hosts under which the program reaches the account, such as a proxy's.",
    ...(called.length === 0
      ? []
      : [
          "    // The trial run also called these, which are not recorded:",
          ...called.map(
            ({ calls, host }) =>
              `    //   ${json(captureHost(host, config))},  ${calls} ${calls === 1 ? "call" : "calls"}`
          )
        ]),
    `    "hosts": ${json(hosts.map((host) => captureHost(host, config)))}`,
    "  },",
    "  // Before webhooks are set up: where the provider reaches the receiver, and where it hands events over.",
    '  //   "receiver": {',
    '  //     "publicUrl": "https://hooks.acme.example",',
    '  //     "listen": "127.0.0.1:8787",',
    '  //     "forward": "http://127.0.0.1:3000/events"',
    "  //   }",
    "}"
  ]
  return `${lines.join("\n")}\n`
}
