/** Start data of the recorder's thread. */
import type { EpochMillis } from "../../domain/Time.js"

/** `through`: a program whose calls go to a mirror; what it records went straight to the provider. */
export type RecorderKind = "client" | "through" | "proxy" | "import"

export interface ThreadData {
  readonly file: string
  /** `null`: each call's User-Agent names its program. */
  readonly integration: string | null
  readonly program: string
  readonly kind: RecorderKind
  readonly pid: number
  readonly startedAt: EpochMillis
  readonly salt: string | null
  readonly hosts: ReadonlyArray<string>
  readonly providers: ReadonlyArray<string>
  readonly keepBodies: boolean
  readonly arena: SharedArrayBuffer
}

/** The part of it that the writer of rows needs, in the recorder's thread and in an import. */
export type WriterSettings = Omit<ThreadData, "arena" | "file" | "salt" | "providers">
