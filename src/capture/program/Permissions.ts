/**
 * The permissions that the recorder lacks under Node's permission model: it needs its own files, a thread, the SQLite
 * module and the database's file. In the syntax of Node 14, as preload.ts.
 */
import { dirname, resolve } from "node:path"

/** `process.permission`, which exists where the model is on. */
export interface Permission {
  readonly has: (scope: string, reference?: string) => boolean
}

/** The flags that are missing; empty where the model is off. `entry` is a file of hookshift's own folder. */
export const missingPermissions = (
  entry: string,
  permission: Permission | undefined = (process as { permission?: Permission }).permission,
  db = resolve(process.env["HOOKSHIFT_DB"] ?? "hookshift.db")
): ReadonlyArray<string> => {
  if (permission === undefined) return []
  const needed: ReadonlyArray<readonly [boolean, string]> = [
    [permission.has("fs.read", dirname(entry)) && permission.has("fs.read", db), "--allow-fs-read"],
    [permission.has("fs.write", db), "--allow-fs-write"],
    [permission.has("worker"), "--allow-worker"],
    [permission.has("addon"), "--allow-addons"]
  ]
  return needed.filter(([has]) => !has).map(([, flag]) => flag)
}

export const unrecordedNote = (missing: ReadonlyArray<string>): string =>
  `hookshift: Node's permission model keeps the recorder out (${missing.join(", ")} would let it in, see docs/recorder.md): the program runs unrecorded; the recording proxy (hookshift proxy) records it\n`
