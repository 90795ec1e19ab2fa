/** Rows of `body`, for recordings that keep bodies: known shapes only, redacted (redaction/Body.ts), each text once. */
import type { CallId } from "../../domain/Call.js"
import { textOf } from "../../domain/Text.js"
import { bodyTexts, type Database, RecordingStatements } from "../../store/index.js"
import { LruCache } from "../LruCache.js"
import type { Observation } from "../Observation.js"
import { redactBody } from "../redaction/Body.js"
import { unpackBody } from "./ResponseBody.js"

/** A longer body is not kept. */
const longestText = 1024 * 1024

export interface KeptBodies {
  readonly keep: (call: CallId, seen: Observation) => void
}

export const makeKeptBodies = (database: Database): KeptBodies => {
  const addBody = bodyTexts(database)
  const addCallBody = RecordingStatements.insertCallBody(database)
  const kept = new LruCache<number, number>(5_000)

  const store = (text: string | null): number | null => {
    if (text === null || text === "" || text.length > longestText) return null
    const redacted = redactBody(text)
    return redacted === null ? null : addBody(redacted)
  }

  return {
    keep: (call, seen) => {
      const request = seen.requestBody === null ? null : store(textOf(seen.requestBody))
      let response: number | null = null
      if (seen.sameBody && seen.bodyId !== null) response = kept.get(seen.bodyId) ?? null
      else if (seen.body !== null) {
        const bytes = unpackBody(seen.body, seen.contentEncoding)
        response = store(bytes === null ? null : textOf(bytes))
        if (response !== null && seen.bodyId !== null) kept.set(seen.bodyId, response)
      }
      if (request !== null || response !== null) addCallBody.run(call, request, response)
    }
  }
}
