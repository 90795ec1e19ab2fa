/** The fault of a command that cannot listen. */
import { AddressUnavailable } from "./Failure.js"

/** `remedy` names the option or setting with another address. */
export const cannotListen = (address: string, error: unknown, remedy: string): AddressUnavailable =>
  new AddressUnavailable({
    message: `cannot listen on ${address} (${(error as NodeJS.ErrnoException).code}): choose another ${remedy}`
  })
