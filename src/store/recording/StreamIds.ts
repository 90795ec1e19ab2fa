/** The numbers of streams in one database, each read once. */
import type { Database } from "../Database.js"
import { findOrInsertStream } from "./RecordingStatements.js"

/** A stream by its parts; an unknown principal or product is an empty text. */
export interface StreamParts {
  readonly integration: string
  readonly principal: string
  readonly product: string
  readonly account: string
  readonly method: string
  readonly template: string
  readonly query: string
}

export interface StreamIds {
  /** Adds the stream where it is new. */
  readonly idOf: (stream: StreamParts) => number
  /** Forgets the numbers that a transaction which was rolled back gave out. */
  readonly forget: () => void
}

export const makeStreamIds = (database: Database): StreamIds => {
  const statement = findOrInsertStream(database)
  const ids = new Map<string, number>()
  return {
    idOf: ({ account, integration, method, principal, product, query, template }) => {
      const key = `${integration}\0${principal}\0${product}\0${account}\0${method}\0${template}\0${query}`
      let id = ids.get(key)
      if (id === undefined) {
        id = statement.get(integration, principal, product, account, method, template, query)!
        ids.set(key, id)
      }
      return id
    },
    forget: () => ids.clear()
  }
}
