/**
 * The state of a webhook-secret rotation, and its next step. Both secrets are valid meanwhile, so no delivery is
 * refused. The rotation ends when the new secret is in use and the old one has been quiet for `quietMs`. Pure.
 */
import { iso } from "../domain/Figures.js"
import type { EpochMillis } from "../domain/Time.js"
import type { Provider, Route } from "../providers/index.js"
import { refreshCommand } from "./RefreshCommand.js"

export interface SecretUse {
  readonly lastAt: EpochMillis
  readonly deliveries: number
}

export interface RotationFacts {
  /** Where the configuration has the secret: `sources.freshdesk.webhook`. */
  readonly place: string
  /** The variable or file of the current secret. */
  readonly currentName: string
  /** The variable or file of the previous secret; `null` where the settings name none. */
  readonly previousName: string | null
  /** The previous secret can be read: it is set during a rotation only. */
  readonly previousSet: boolean
  /** Both secrets have the same value. */
  readonly same: boolean
  readonly current: SecretUse | null
  readonly previous: SecretUse | null
  /** How the sender gets the new secret. */
  readonly handOver: string
  readonly now: EpochMillis
}

export interface RotationStep {
  readonly step: "name" | "make" | "hand over" | "wait" | "drop" | "done"
  readonly done: boolean
  readonly say: string
}

/** Longer than the retries of every delivery policy: a retry is signed with the secret of its first attempt. */
export const quietMs = 2 * 3_600_000

export const rotationStep = (facts: RotationFacts): RotationStep => {
  const { current, currentName, handOver, now, place, previous, previousName, previousSet, same } = facts
  if (previousName === null)
    return {
      step: "name",
      done: false,
      say: `name a place for the old secret first: add "previousSecretEnv": "${currentName}_OLD" to ${place}, then run this again`
    }
  if (!previousSet) {
    if (current !== null)
      return {
        step: "make",
        done: false,
        say: `put the secret of now (${currentName}) into ${previousName} as well, put a new one into ${currentName} (openssl rand -hex 32), restart the receiver, then run this again; until then nothing has changed`
      }
    return {
      step: "make",
      done: false,
      say: `no delivery has been verified with ${currentName} yet: there is nothing to rotate away from`
    }
  }
  if (same)
    return {
      step: "make",
      done: false,
      say: `${currentName} and ${previousName} hold the same secret: put a new one into ${currentName} (openssl rand -hex 32), restart the receiver, then run this again`
    }
  if (current === null)
    return {
      step: "hand over",
      done: false,
      say: `both secrets are valid; now the sender has to change: ${handOver}. No delivery with the new secret has come yet`
    }
  if (previous !== null && now - previous.lastAt < quietMs)
    return {
      step: "wait",
      done: false,
      say: `the new secret is in use (${current.deliveries} deliveries); the old one was used last at ${iso(previous.lastAt)}: wait until ${iso(previous.lastAt + quietMs)}, since retries are signed with it`
    }
  return {
    step: "drop",
    done: true,
    say: `the new secret is in use (${current.deliveries} deliveries) and the old one is not any more: unset ${previousName} and restart the receiver; the rotation is over`
  }
}

/** How a route's sender gets the new secret: rules and installed apps take it by `apply`, the others from a person. */
export const secretHandOver = (source: string, provider: Provider, route: Route, installs = false): string => {
  if (route === "rule") return `${refreshCommand(source)} puts it into the rules`
  if (route === "app" && installs) return `${refreshCommand(source)} installs the app with it`
  if (route === "app") return "paste it into the app's installation parameters, under Admin → Apps → Manage Apps"
  return provider.runbook?.body === null
    ? "make a new key pair in the product's webhook settings and take its public key"
    : "put it into the header of each workflow"
}
