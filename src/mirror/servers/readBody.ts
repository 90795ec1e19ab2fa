/** Bodies that another part of a server read before the mirror's handler. */
import { type ReadRequest, rawBodyOf } from "../../receiver/index.js"

export const readTooEarly =
  "the body was read before it could be passed on: put hookshift's handler before express.json() and other body parsers, or keep the raw bytes as rawBody"

/** The bytes as they were sent; `null` where they were not kept, or where what was kept is unpacked. */
export const keptBody = (read: ReadRequest, contentEncoding: string | undefined): Buffer | null =>
  contentEncoding === undefined || /^\s*identity\s*$/i.test(contentEncoding) ? rawBodyOf(read) : null
