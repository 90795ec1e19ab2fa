/**
 * The recorder's part of the configuration file, read without the schema's code: the preload has no room for Effect. A
 * value of a wrong type is ignored here and reported by the command line. The compiler checks the names against the
 * schema.
 */
import { accountOf } from "../domain/Account.js"
import { isRecord } from "../domain/Json.js"
import type { ConfigText, SourceText } from "./ConfigSchema.js"

export interface CaptureSection {
  /** `capture.hosts`, then each source's host with its product: `127.0.0.1:4010=freshdesk@127.0.0.1:4010`. */
  readonly hosts: ReadonlyArray<string>
  readonly integration: string | null
  readonly keepBodies: boolean
  /** Files that describe providers, as they are named. */
  readonly providers: ReadonlyArray<string>
}

const settingOf =
  <Section>() =>
  (section: unknown, name: keyof Section & string): unknown =>
    isRecord(section) ? section[name] : undefined

const ofFile = settingOf<ConfigText>()
const ofCapture = settingOf<NonNullable<ConfigText["capture"]>>()
const ofSource = settingOf<SourceText>()

const strings = (value: unknown): ReadonlyArray<string> =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : []

const sourceHosts = (sources: unknown): ReadonlyArray<string> =>
  Object.values(isRecord(sources) ? sources : {}).flatMap((source) => {
    const [baseUrl, product] = [ofSource(source, "baseUrl"), ofSource(source, "product")]
    if (typeof baseUrl !== "string" || !URL.canParse(baseUrl)) return []
    const account = accountOf(baseUrl)
    return [`${account}=${typeof product === "string" ? product : ""}@${account}`]
  })

export const captureSectionOf = (json: unknown): CaptureSection => {
  const capture = ofFile(json, "capture")
  const integration = ofCapture(capture, "integration")
  return {
    hosts: [...strings(ofCapture(capture, "hosts")), ...sourceHosts(ofFile(json, "sources"))],
    integration: typeof integration === "string" && integration !== "" ? integration : null,
    keepBodies: ofCapture(capture, "keepBodies") === true,
    providers: strings(ofFile(json, "providers"))
  }
}
