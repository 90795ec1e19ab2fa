/** A server of an API that answers every request with an empty list. */
import { createServer } from "node:http"
import { onTestFinished } from "vitest"
import { listening } from "./listening.js"

/** Its port; it ends with the test. */
export const startEmptyLists = async (finished: typeof onTestFinished = onTestFinished): Promise<number> => {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "application/json")
    response.end("[]")
  })
  return listening(server, finished)
}
