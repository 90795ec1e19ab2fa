/** Completions, asked of the shells themselves where they are installed. */
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { runCli } from "../support/cli.js"
import { temporaryFolder } from "../support/files.js"

const isInstalled = (shell: string): boolean => spawnSync(shell, ["-c", "true"]).status === 0

/** The lines that a shell prints. */
const asked = (shell: string, args: ReadonlyArray<string>, cwd: string): ReadonlyArray<string> =>
  execFileSync(shell, args, { cwd, encoding: "utf8", env: { ...process.env, HOME: cwd, XDG_CONFIG_HOME: cwd } })
    .split("\n")
    .map((line) => line.split("\t")[0]!)
    .filter((line) => line !== "")

const scripts = new Map<string, string>()
beforeAll(async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const ran = await runCli(["completions", shell])
    expect([ran.code, ran.stderr]).toEqual([0, ""])
    scripts.set(shell, ran.stdout)
  }
})

/** In a folder with the file `recording.har` alone. */
const folder = (): string => {
  const made = temporaryFolder()
  writeFileSync(join(made, "recording.har"), "")
  return made
}

const cases: ReadonlyArray<readonly [line: string, offered: ReadonlyArray<string>]> = [
  ["inb", ["inbox"]],
  ["inbox l", ["list"]],
  ["inbox list --st", ["--state"]],
  ["inbox list --state d", ["dead", "delivered"]],
  ["audit --db rec", ["recording.har"]],
  ["audit --db x --no", ["--no-replay"]],
  ["import h", ["har"]],
  ["import har rec", ["recording.har"]],
  ["replay g", ["grid"]],
  ["completions b", ["bash"]],
  ["inbox show rec", []]
]

describe.skipIf(!isInstalled("bash"))("bash", () => {
  it.each(cases)("hookshift %s", (line, offered) => {
    const words = ["hookshift", ...line.split(" ")]
    const script = `${scripts.get("bash")}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}
_hookshift; printf '%s\\n' "\${COMPREPLY[@]}"`
    expect([...asked("bash", ["-c", script], folder())].sort()).toEqual(offered)
  })
})

describe.skipIf(!isInstalled("fish"))("fish", () => {
  it.each(cases)("hookshift %s", (line, offered) => {
    const file = join(temporaryFolder(), "hookshift.fish")
    writeFileSync(file, scripts.get("fish")!)
    const ask = `source ${file}; complete -C 'hookshift ${line}'`
    expect([...asked("fish", ["-c", ask], folder())].sort()).toEqual(offered)
  })
})

describe.skipIf(!isInstalled("zsh"))("zsh", () => {
  it("takes the script", () => {
    const file = join(folder(), "_hookshift")
    writeFileSync(file, scripts.get("zsh")!)
    const load = `autoload -U compinit; compinit -u -D; source ${file}; print $_comps[hookshift]`
    expect(asked("zsh", ["-f", "-c", load], folder())).toEqual(["_hookshift"])
  })
})

describe("--install", () => {
  it.each([
    ["bash", ".local/share/bash-completion/completions/hookshift", "source "],
    ["zsh", ".local/share/zsh/site-functions/_hookshift", "fpath=("],
    ["fish", ".config/fish/completions/hookshift.fish", "written: "]
  ])("writes those of %s where it looks for them, and says what else is needed", async (shell, place, words) => {
    const home = temporaryFolder()
    const ran = await runCli(["completions", shell, "--install"], { env: { HOME: home } })
    expect([ran.code, ran.stderr]).toEqual([0, ""])
    expect(ran.stdout).toContain(words)
    expect(ran.stdout).toContain(join(home, place))
    expect(readFileSync(join(home, place), "utf8")).toBe(scripts.get(shell))
  })
  it("says where it cannot write", async () => {
    const home = temporaryFolder()
    writeFileSync(join(home, ".config"), "")
    const ran = await runCli(["completions", "fish", "--install"], { env: { HOME: home } })
    expect(ran.code).toBe(2)
    expect(ran.stderr).toMatch(/cannot be written \(E[A-Z]+\): print them with hookshift completions fish/)
    expect(statSync(join(home, ".config")).size).toBe(0)
    expect(existsSync(join(home, ".config", "fish"))).toBe(false)
  })
  it("is what --completions prints", async () => {
    expect((await runCli(["--completions", "sh"])).stdout).toBe(scripts.get("bash"))
  })
})
