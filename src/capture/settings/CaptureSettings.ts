/**
 * The recorder's settings, from the environment and from `hookshift.config.json`: flags of a program are its own. A
 * file that cannot be read or understood is left alone here; the command line reports it.
 */

import { readFileSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { captureSectionOf, defaultConfigFile, readConfigFile } from "../../config/index.js"
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
  const name = environment["HOOKSHIFT_CONFIG"] ?? defaultConfigFile
  const file = readConfigFile(name)
  const section = captureSectionOf(file.state === "read" ? file.json : {})
  const integration = environment["HOOKSHIFT_INTEGRATION"] ?? section.integration
  const providers = section.providers.map((path) => resolve(dirname(resolve(name)), path))
  return {
    hosts: [...listed, ...section.hosts],
    integration: integration === "" ? null : integration,
    providers,
    describedHosts: providers.flatMap(hostsDescribedIn),
    keepBodies: /^(?:1|true|yes)$/i.test(environment["HOOKSHIFT_KEEP_BODIES"] ?? String(section.keepBodies))
  }
}
