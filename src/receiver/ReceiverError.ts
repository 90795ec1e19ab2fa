/** Why a receiver cannot start or go on, as a caller can act on it. */
import { explain, type StoreFailure } from "../store/index.js"

/** The receiver cannot start, or cannot take other settings; `message` says what to do. */
export class ReceiverError extends Error {
  readonly _tag = "ReceiverError"
  readonly reason: "portInUse" | "address" | "secret" | "store" | "tls" | "owned" | "moved" | "key" | "locked"
  constructor({ message, reason }: Pick<ReceiverError, "message" | "reason">) {
    super(message)
    this.name = "ReceiverError"
    this.reason = reason
  }
}

const reasonOf = (reason: StoreFailure): ReceiverError["reason"] =>
  reason === "owned" || reason === "moved" || reason === "key" || reason === "locked" ? reason : "store"

export const ofStore = ({ message, reason }: { readonly message: string; readonly reason: StoreFailure }) =>
  new ReceiverError({ reason: reasonOf(reason), message })

/** For whatever SQLite or the file system threw. */
export const storeFailure = (error: unknown, file: string): ReceiverError => ofStore(explain(error, file))

export const certificateFailure = (error: unknown, done: "used" | "read again", remedy: string): ReceiverError =>
  new ReceiverError({
    reason: "tls",
    message: `the certificate cannot be ${done} (${(error as NodeJS.ErrnoException).code ?? "unknown error"}): ${remedy}`
  })

export const cannotListen = (
  failure: unknown,
  { flag, host, port }: { readonly host: string; readonly port: number; readonly flag: string }
): ReceiverError => {
  const code = (failure as NodeJS.ErrnoException).code ?? "unknown error"
  const taken = code === "EADDRINUSE"
  return new ReceiverError({
    reason: taken ? "portInUse" : "address",
    message: taken
      ? `port ${port} on ${host} is in use: stop the other program, or choose another port with ${flag}`
      : `cannot listen on ${host}:${port} (${code}): choose another address with ${flag}`
  })
}
