/** The commands that a user gives once something was recorded, as real processes. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { ReplayResult, Report } from "../../src/domain/Report.js"
import { runCli } from "../support/cli.js"
import { root } from "../support/files.js"
import type { ProofAccount } from "./Account.js"
import type { SideBySide, Told } from "./Evidence.js"
import { products } from "./Ways.js"

export const settleSeconds = 900
export const shopDescription = join(root, "test/proof/shop.json")

const env = { PROOF_KEY: "key", PROOF_SECRET: "a webhook secret of the proof" }

/** Writes the account's configuration, and gives its file. */
export const writeConfig = (folder: string, account: ProofAccount, baseUrl?: string): string => {
  const { account: host } = products[account.product]
  const file = join(folder, "hookshift.config.json")
  const config = {
    ...(account.product === "shop" ? { providers: [shopDescription] } : {}),
    sources: {
      proof: {
        product: account.product,
        baseUrl: baseUrl ?? `https://${host}`,
        plan: account.plan,
        auth: { secretEnv: "PROOF_KEY" },
        webhook: {
          route: account.route,
          secretEnv: "PROOF_SECRET",
          ...(account.route === "app" ? {} : { profile: "token" })
        }
      }
    }
  }
  writeFileSync(file, JSON.stringify(config))
  return file
}

const told = async <A>(
  folder: string,
  args: ReadonlyArray<string>,
  more: Readonly<Record<string, string>> = {}
): Promise<Told<A>> => {
  const { code, stderr, stdout } = await runCli([...args, "--json"], { cwd: folder, env: { ...env, ...more } })
  let json: A | null = null
  try {
    json = JSON.parse(stdout)
  } catch {
    // The row has the text that it printed instead.
    if (stdout.trim() !== "") return { code, stderr: `${stderr}; not JSON: ${stdout.slice(0, 300)}`, json }
  }
  return { code, stderr, json }
}

export const auditOf = (folder: string, db: string, { reconcileSeconds }: ProofAccount) =>
  told<Report>(folder, [
    "audit",
    "--db",
    db,
    "--out",
    join(folder, "reports"),
    "--format",
    "json",
    "--reconcile",
    `${reconcileSeconds}s`
  ])

export const modelReplayOf = (folder: string, db: string, { reconcileSeconds }: ProofAccount) =>
  told<ReplayResult>(folder, ["replay", "--db", db, "--reconcile", `${reconcileSeconds}s`])

/** As it is told at that moment. */
export const shadowAt = (folder: string, db: string, { reconcileSeconds }: ProofAccount, at: number) =>
  told<NonNullable<SideBySide["shadow"]["json"]>>(
    folder,
    ["shadow", "--db", db, "--reconcile", `${reconcileSeconds}s`, "--settle", `${settleSeconds}s`],
    { CLOCK: String(at), NODE_OPTIONS: `--import ${join(root, "test/proof/movedClock.mjs")}` }
  )
