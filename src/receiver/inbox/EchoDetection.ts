/** Tells changes that the integration made itself, so that its handler does not answer them by a further write. */
import type { Echo, PushedEvent, Snapshot } from "../../domain/Event.js"
import { OwnWriteRows } from "../../store/index.js"
import type { InboxFile } from "./InboxFile.js"
import { writtenBySelf } from "./OwnWrites.js"

/** `changed` and `after` are `null` for a late event: only its actor can give it away. */
export type EchoDetection = (
  source: string,
  event: PushedEvent,
  changed: ReadonlyArray<string> | null,
  after: Snapshot | null
) => Echo | null

export const openEchoDetection = ({ database, openText, serviceAccountOf }: InboxFile): EchoDetection => {
  const findOwnWrite = OwnWriteRows.findOwnWrite(database)
  const lastWrite = (source: string, { entity, entityId }: PushedEvent): Snapshot | null => {
    const sealed = findOwnWrite.get(source, entity, entityId)
    return sealed === undefined ? null : (JSON.parse(openText(sealed)) as Snapshot)
  }
  return (source, event, changed, after) => {
    const own = serviceAccountOf(source)
    if (own !== null && event.actor === own) return "actor"
    return changed !== null && writtenBySelf(lastWrite(source, event), changed, after) ? "lastWrite" : null
  }
}
