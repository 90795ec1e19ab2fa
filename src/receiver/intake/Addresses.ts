/** Addresses of senders: the one behind trusted proxies, and lists of addresses that may post. Pure. */
import { BlockList, isIP } from "node:net"

export interface AddressList {
  readonly has: (address: string) => boolean
}

/** An IPv4-mapped IPv6 address is IPv4. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, "")

/** `null` where a text is neither an address nor `ADDRESS/BITS`. */
export const addressList = (texts: ReadonlyArray<string>): AddressList | null => {
  const list = new BlockList()
  for (const text of texts) {
    const [address = "", bits, ...more] = text.split("/")
    const version = isIP(address)
    const prefix = bits === undefined ? (version === 4 ? 32 : 128) : /^\d{1,3}$/.test(bits) ? Number(bits) : -1
    if (version === 0 || more.length > 0 || prefix < 0 || prefix > (version === 4 ? 32 : 128)) return null
    list.addSubnet(address, prefix, version === 4 ? "ipv4" : "ipv6")
  }
  return {
    has: (given) => {
      const address = plain(given)
      const version = isIP(address)
      return version !== 0 && list.check(address, version === 4 ? "ipv4" : "ipv6")
    }
  }
}

/** The last address in the chain that is not a trusted proxy's: any sender could have written those further left. */
export const clientAddress = (
  socketAddress: string,
  forwardedFor: string | undefined,
  trusted: AddressList | null
): string => {
  if (trusted === null || forwardedFor === undefined || !trusted.has(socketAddress)) return plain(socketAddress)
  const chain = forwardedFor.split(",").map((part) => part.trim())
  for (let index = chain.length - 1; index >= 0; index--) {
    const address = chain[index]!
    if (isIP(plain(address)) === 0) return plain(socketAddress)
    if (!trusted.has(address) || index === 0) return plain(address)
  }
  return plain(socketAddress)
}

/** Whose share a connection counts to: an IPv4 address, or the /64 that one subscriber has of IPv6 (RFC 6177). */
export const networkOf = (given: string): string => {
  const address = plain(given)
  if (isIP(address) !== 6) return address
  const [left = "", right] = address.replace(/%.*$/, "").split("::")
  const before = left === "" ? [] : left.split(":")
  const after = right === undefined || right === "" ? [] : right.split(":")
  const zeros = Array.from({ length: right === undefined ? 0 : 8 - before.length - after.length }, () => "0")
  const groups = [...before, ...zeros, ...after].slice(0, 4)
  return `${groups.map((group) => group.toLowerCase().replace(/^0+(?=.)/, "")).join(":")}::/64`
}
