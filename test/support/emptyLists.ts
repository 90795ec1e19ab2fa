/** A server of an API that answers every request with an empty list. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { onTestFinished } from "vitest"

/** Its port; it ends with the test. */
export const startEmptyLists = async (finished: typeof onTestFinished = onTestFinished): Promise<number> => {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "application/json")
    response.end("[]")
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  finished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}
