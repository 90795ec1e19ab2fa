/** The schema that an answer's entities are decoded with, by product and entity type. */
import { Schema } from "effect"
import { tableOf } from "../domain/Table.js"
import type { Item } from "./EntityReader.js"
import { freshchatSchemas } from "./freshchat/Client.js"
import { freshdeskSchemas } from "./freshdesk/Client.js"
import { freshsalesSchemas } from "./freshsales/Client.js"
import { freshserviceSchemas } from "./freshservice/Client.js"
import type { Provider } from "./Provider.js"

export type EntitySchema = Schema.Schema<Item, unknown>

/** A described provider says nothing of its fields' types: any are right. */
const anyEntity = Schema.Record({ key: Schema.String, value: Schema.Unknown }) as unknown as EntitySchema

const known = tableOf<Readonly<Record<string, unknown>>>({
  freshdesk: tableOf(freshdeskSchemas),
  freshservice: tableOf(freshserviceSchemas),
  freshsales: tableOf(freshsalesSchemas),
  freshchat: tableOf(freshchatSchemas)
})

export const entitySchema = ({ product }: Pick<Provider, "product">, entity: string): EntitySchema =>
  (known[product]?.[entity] as EntitySchema | undefined) ?? anyEntity
