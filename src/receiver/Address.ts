/** Where a listener listens. */
import type { AddressInfo, Server } from "node:net"

/** Rejects with the system's error where the address cannot be had. */
export const listenOn = (server: Server, host: string, port: number): Promise<AddressInfo> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, host, () => {
      server.off("error", reject)
      resolve(server.address() as AddressInfo)
    })
  })

/** As a URL's beginning. */
export const urlOf = ({ address, family, port }: AddressInfo, scheme: "http" | "https"): string =>
  `${scheme}://${family === "IPv6" ? `[${address}]` : address}:${port}`
