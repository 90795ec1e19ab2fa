/** Whether a command can listen on an address, and the fault of one that cannot. */
import { createServer } from "node:net"
import { Effect } from "effect"
import { AddressUnavailable, type UsageError } from "./Failure.js"
import { addressOf } from "./OptionValues.js"

/** Whether an authority, with a port or without, is this machine's own: localhost, 127.0.0.1:8790, [::1]. */
export const isLoopback = (authority: string): boolean =>
  /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i.test(authority)

/** A host as it stands in a URL. */
export const authorityOf = (host: string): string => (host.includes(":") ? `[${host}]` : host)

/** `remedy` names the option or setting with another address. */
export const cannotListen = (address: string, error: unknown, remedy: string): AddressUnavailable =>
  new AddressUnavailable({
    message: `cannot listen on ${address} (${(error as NodeJS.ErrnoException).code}): choose another ${remedy}`
  })

/** Fails where a command cannot listen on an address, before it makes anything. */
export const freeAddress = (host: string, port: number): Effect.Effect<void, AddressUnavailable> =>
  Effect.async((resume) => {
    const server = createServer()
    server.once("error", (error) =>
      resume(Effect.fail(cannotListen(`${host}:${port}`, error, "address with --listen")))
    )
    server.listen(port, host, () => server.close(() => resume(Effect.void)))
  })

export interface AdminAddress {
  readonly host: string
  readonly port: number
  /** The usual port may be taken by another: a port that is set must be free. */
  readonly optional: boolean
}

/** The operators' listener of a command; `null` for `off`. */
export const adminAddressOf = (
  asked: string | undefined,
  usualPort: number
): Effect.Effect<AdminAddress | null, UsageError> => {
  if (asked === "off") return Effect.succeed(null)
  const usual = `127.0.0.1:${usualPort}`
  return Effect.map(addressOf(asked ?? usual, "admin", usual), (address) => ({
    ...address,
    optional: asked === undefined
  }))
}
