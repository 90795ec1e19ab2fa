/**
 * What the recorder takes from the environment and from `hookshift.config.json`: flags of a program are its own. A file
 * that cannot be read or understood is left alone here; the command line is where it is reported.
 */

import { readFileSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { accountOf } from "../../domain/Account.js"
import { isRecord } from "../../domain/Json.js"
import { textOf } from "../../domain/Text.js"

export interface CaptureSettings {
  readonly hosts: ReadonlyArray<string>
  readonly integration: string | null
  readonly keepBodies: boolean
  /** Files that describe providers of one's own, whole paths. */
  readonly providers: ReadonlyArray<string>
  /** The hosts of these providers: all that the program's own thread needs of them. */
  readonly describedHosts: ReadonlyArray<string>
}

const strings = (value: unknown): ReadonlyArray<string> =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : []

/** A source's host, with what it stands for: `127.0.0.1:4010=freshdesk@127.0.0.1:4010`. */
const sourceHosts = (sources: unknown): ReadonlyArray<string> =>
  Object.values(isRecord(sources) ? sources : {}).flatMap((source) => {
    if (!isRecord(source) || typeof source["baseUrl"] !== "string" || !URL.canParse(source["baseUrl"])) return []
    const account = accountOf(source["baseUrl"])
    return [`${account}=${typeof source["product"] === "string" ? source["product"] : ""}@${account}`]
  })

const readJson = (path: string): unknown => {
  try {
    return JSON.parse(textOf(readFileSync(path)))
  } catch {
    return null // no file, or none that can be read: see above
  }
}

const hostsDescribedIn = (path: string): ReadonlyArray<string> => {
  const description = readJson(path)
  return isRecord(description) ? strings(description["hosts"]) : []
}

export const readCaptureSettings = (environment: NodeJS.ProcessEnv): CaptureSettings => {
  const listed = (environment["HOOKSHIFT_HOSTS"] ?? "")
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "")
  const name = environment["HOOKSHIFT_CONFIG"] ?? "hookshift.config.json"
  const file = readJson(name)
  const capture = isRecord(file) && isRecord(file["capture"]) ? file["capture"] : {}
  const integration = environment["HOOKSHIFT_INTEGRATION"] ?? capture["integration"]
  const providers = (isRecord(file) ? strings(file["providers"]) : []).map((path) =>
    resolve(dirname(resolve(name)), path)
  )
  return {
    hosts: [...listed, ...strings(capture["hosts"]), ...(isRecord(file) ? sourceHosts(file["sources"]) : [])],
    integration: typeof integration === "string" && integration !== "" ? integration : null,
    providers,
    describedHosts: providers.flatMap(hostsDescribedIn),
    keepBodies: /^(?:1|true|yes)$/i.test(environment["HOOKSHIFT_KEEP_BODIES"] ?? String(capture["keepBodies"] === true))
  }
}
