/** Plays one account on the real clock: Python, which no virtual clock reaches, polls through the recording proxy. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { noFaultSettings } from "../../src/audit/index.js"
import { realTime } from "../../src/domain/Time.js"
import { ended, startCli } from "../support/cli.js"
import { temporaryFolder } from "../support/files.js"
import type { ProofAccount } from "./Account.js"
import { auditOf, modelReplayOf, writeConfig } from "./Commands.js"
import type { Evidence } from "./Evidence.js"
import { countedBy, recordedIn, sightsIn, standInOf } from "./Play.js"
import { pythonText } from "./PythonText.js"
import { products } from "./Ways.js"

/** Sweeps of each program, at least: on a busy machine they take their time. */
const enough = 12
const longestSeconds = 180

export const playLive = async (account: ProofAccount): Promise<Evidence> => {
  const folder = temporaryFolder()
  const { account: host, authorization } = products[account.product]
  const providerPort = await standInOf(account)({
    time: realTime,
    changesUntil: account.from + 3_600_000,
    seed: account.seed,
    faults: noFaultSettings,
    onTraffic: () => undefined
  })
  try {
    const { url } = providerPort.accounts[0]!
    const db = join(folder, "hookshift.db")
    writeConfig(folder, account)
    const { child, ready } = await startCli(["proxy", "--listen", "127.0.0.1:0", "--upstream", url, "--db", db], {
      cwd: folder,
      env: { HOOKSHIFT_HOSTS: `${new URL(url).host}=${account.product}@${host}` }
    })
    const programs = account.programs.map((plan) => {
      const file = join(folder, `${plan.name}.py`)
      const sights = join(folder, `${plan.name}.sights`)
      writeFileSync(file, pythonText(plan))
      const program = spawn("python3", [file], {
        env: { PATH: process.env["PATH"], ORIGIN: ready.url, AUTHORIZATION: authorization, SIGHTS: sights },
        stdio: ["ignore", "ignore", "inherit"]
      })
      return { plan, program, sights }
    })
    const swept = (file: string) => (existsSync(file) ? sightsIn(file).filter(({ how }) => how === "sweep").length : 0)
    const end = performance.now() + longestSeconds * 1_000
    while (performance.now() < end && !programs.every(({ sights }) => swept(sights) > enough)) {
      const dead = programs.find(({ program }) => program.exitCode !== null)
      if (dead !== undefined) throw new Error(`${dead.plan.name} ended with ${dead.program.exitCode}`)
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
    await Promise.all(
      programs.map(({ program }) => {
        const end = once(program, "close")
        program.kill("SIGTERM")
        return end
      })
    )
    child.kill("SIGTERM")
    await ended(child)
    return {
      account,
      recordedTo: Date.now(),
      counted: await countedBy(url),
      recorded: recordedIn(db),
      truth: providerPort.truth(),
      programs: programs.map(({ plan, sights }) => ({ plan, sights: sightsIn(sights) })),
      audit: await auditOf(folder, db, account),
      model: await modelReplayOf(folder, db, account),
      sideBySide: null
    }
  } finally {
    await providerPort.close()
  }
}
