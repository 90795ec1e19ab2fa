/**
 * Runs a program with the preload in `NODE_OPTIONS`, so that every Node process below it records. Standard streams,
 * terminal, signals and exit code are as if the program had been started directly.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { builtEntry } from "../../domain/BuiltEntry.js"

export interface RecordedProgram {
  readonly command: string
  readonly args: ReadonlyArray<string>
  /** An absolute path, since the program may change its folder. */
  readonly db: string
  readonly config: string | null
  readonly integration: string | null
  readonly keepBodies: boolean
  /** Mirrors, as in `HOOKSHIFT_THROUGH`; absent without any. */
  readonly through?: string
}

export type ProgramEnd =
  | { readonly code: number }
  | { readonly signal: NodeJS.Signals }
  /** The program could not be started. */
  | { readonly failed: string }

/**
 * `NODE_OPTIONS` with the preload added, for this process's children. It uses `--require`, since a Node older than
 * 18.18 does not start with `--import` in this variable.
 */
export const withPreload = (nodeOptions: string | undefined): string => {
  const file = fileURLToPath(builtEntry("preload.cjs"))
  const preload = `--require=${/[\s"\\]/.test(file) ? `"${file.replace(/["\\]/g, "\\$&")}"` : file}`
  if (nodeOptions?.includes(preload) === true) return nodeOptions
  return nodeOptions === undefined || nodeOptions === "" ? preload : `${nodeOptions} ${preload}`
}

/**
 * Signals of service managers and shells. Signals that the kernel sends for a program's own faults are not passed on.
 */
const passedOn = ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const

/**
 * Whether the options ask for Node's permission model without permission to read the preload. Node ends when it may
 * not read a preload, so such a program is started without it. With that permission the preload itself checks whether
 * it may record.
 */
export const isConfined = (
  { args, command }: Pick<RecordedProgram, "args" | "command">,
  nodeOptions = process.env["NODE_OPTIONS"],
  preload = fileURLToPath(builtEntry("preload.cjs"))
): boolean => {
  // Arguments after the script are the program's own.
  const script = /(?:^|[\\/])node(?:js)?(?:\.exe)?$/i.test(command)
    ? args.findIndex((arg, at) => !arg.startsWith("-") && !/^--[\w-]+$/.test(args[at - 1] ?? ""))
    : -1
  const options = [...(script < 0 ? args : args.slice(0, script)), ...(nodeOptions ?? "").split(/\s+/)]
  if (!options.some((option) => /^--(?:experimental-)?permission(?:=|$)/.test(option))) return false
  const readable = options.flatMap((option, at) =>
    option === "--allow-fs-read" ? (options[at + 1] ?? []) : (/^--allow-fs-read=(.*)$/.exec(option)?.[1] ?? [])
  )
  return !readable.some((path) => path === "*" || (path.endsWith("*") && preload.startsWith(path.slice(0, -1))))
}

/** The environment by which every Node process below the program records. */
export const recordingEnvironment = (program: RecordedProgram): NodeJS.ProcessEnv => ({
  ...process.env,
  ...(isConfined(program) ? {} : { NODE_OPTIONS: withPreload(process.env["NODE_OPTIONS"]) }),
  HOOKSHIFT_DB: program.db,
  ...(program.config === null ? {} : { HOOKSHIFT_CONFIG: program.config }),
  ...(program.integration === null ? {} : { HOOKSHIFT_INTEGRATION: program.integration }),
  ...(program.keepBodies ? { HOOKSHIFT_KEEP_BODIES: "1" } : {}),
  ...(program.through === undefined ? {} : { HOOKSHIFT_THROUGH: program.through })
})

export const recordProgram = (program: RecordedProgram): Promise<ProgramEnd> =>
  new Promise((resolve) => {
    const env = recordingEnvironment(program)
    // On Windows, npm and similar commands are scripts, which only a shell can start.
    const child = spawn(program.command, program.args, { stdio: "inherit", env, shell: process.platform === "win32" })
    const stopPassing = passSignals(child)
    child.once("error", (error: NodeJS.ErrnoException) => {
      stopPassing()
      resolve({ failed: error.code ?? "unknown error" })
    })
    child.once("exit", (code, signal) => {
      stopPassing()
      resolve(signal === null ? { code: code ?? 0 } : { signal })
    })
  })

const passSignals = (child: ChildProcess): (() => void) => {
  // A terminal sends SIGINT and SIGQUIT to every process in its foreground; a second copy would be a second Ctrl-C.
  const onTerminal = process.stdin.isTTY === true || process.stdout.isTTY === true || process.stderr.isTTY === true
  const listeners = passedOn.map((signal) => {
    const pass = () => {
      if (onTerminal && (signal === "SIGINT" || signal === "SIGQUIT")) return
      child.kill(signal)
    }
    process.on(signal, pass)
    return () => process.removeListener(signal, pass)
  })
  return () => {
    for (const stop of listeners) stop()
  }
}
