/** A server of a test's own, on a free port of loopback. */
import type { AddressInfo, Server, Socket } from "node:net"
import { onTestFinished } from "vitest"

/** Its port. With the test it ends, and so do its connections, whatever they wait for. */
export const listening = async (server: Server, finished: typeof onTestFinished = onTestFinished): Promise<number> => {
  const sockets = new Set<Socket>()
  server.on("connection", (socket: Socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  finished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

export const listeningAt = async (...args: Parameters<typeof listening>): Promise<string> =>
  `http://127.0.0.1:${await listening(...args)}`
