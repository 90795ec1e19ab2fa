/** The files of docs/deploy, read as the programs that take them read them. */
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { parseAllDocuments } from "yaml"
import { root } from "../support/files.js"

export const deployFolder = join(root, "docs/deploy")
export const deployed = (file: string): string => readFileSync(join(deployFolder, file), "utf8")

// biome-ignore lint/suspicious/noExplicitAny: settings of other programs, whose shape the expectations state
export type Settings = any

/** The documents of a YAML file. */
export const yaml = (file: string): ReadonlyArray<Settings> =>
  parseAllDocuments(deployed(file), { merge: true }).map((document) => {
    if (document.errors.length > 0) throw new Error(`${file}: ${document.errors[0]!.message}`)
    return document.toJS()
  })

export const compose = yaml("compose/compose.yaml")[0]!
/** Kubernetes' objects by their kind. */
export const objects: Readonly<Record<string, Settings>> = Object.fromEntries(
  [...yaml("kubernetes/receiver.yaml"), ...yaml("kubernetes/network-policy.yaml")].map((one) => [one.kind, one])
)
export const pod = objects["Deployment"]!.spec.template.spec
export const container = pod.containers[0]
export const dockerfile = deployed("Dockerfile")
export const unit = deployed("systemd/hookshift-receive.service")
/** Values of a key of a systemd unit, in order. */
export const unitValues = (key: string): ReadonlyArray<string> =>
  [...unit.matchAll(new RegExp(`^${key}=(.*)$`, "gm"))].map((match) => match[1]!)

export interface Deployment {
  readonly config: string
  /** Where the secrets are mounted. */
  readonly secrets: string
  /** Names of the files that are mounted there. */
  readonly mounted: ReadonlyArray<string>
}

export const deployments: Readonly<Record<"compose" | "kubernetes" | "systemd", Deployment>> = {
  compose: {
    config: deployed("compose/receiver/hookshift.config.json"),
    secrets: "/run/secrets/",
    mounted: compose.services.receiver.secrets
  },
  kubernetes: {
    config: deployed("kubernetes/hookshift.config.json"),
    secrets: "/run/secrets/hookshift/",
    // The Secret is made by the command of docs/operations.md, which has no file for an old secret.
    mounted: [...readFileSync(join(root, "docs/operations.md"), "utf8").matchAll(/--from-file=([a-z_]+)/g)].map(
      (match) => match[1]!
    )
  },
  systemd: {
    config: deployed("systemd/hookshift.config.json"),
    secrets: "/run/credentials/hookshift-receive.service/",
    mounted: unitValues("LoadCredential").map((value) => value.split(":")[0]!)
  }
}

/** Files of secrets that a configuration names, without their folder. */
export const secretsIn = ({ config, secrets }: Deployment): ReadonlyArray<string> =>
  [...config.matchAll(/"\w+File": "([^"]+)"/g)].map((match) => {
    if (!match[1]!.startsWith(secrets)) throw new Error(`${match[1]} is not in ${secrets}`)
    return match[1]!.slice(secrets.length)
  })

export const helpOf = (...command: ReadonlyArray<string>): string =>
  execFileSync(process.execPath, [join(root, "dist/cli.js"), ...command, "--help"], { encoding: "utf8" })
