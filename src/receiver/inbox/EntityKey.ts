/** Names one entity of one source. */
import type { HandOverRows } from "../../store/index.js"

export type EntityKey = HandOverRows.EntityKey

export const entityKeyOf = ({ entity, entityId, source }: EntityKey): string => `${source}\0${entity}\0${entityId}`
