/** The notes on a program's recording once it has ended. Pure. */
import { counted } from "../../../domain/Figures.js"
import type { RecordingStatus } from "../../../store/service.js"
import { otherHostsNote } from "../../OtherHostsNote.js"
import { isOtherLanguage } from "../../OtherLanguage.js"
import { pastMirrorNote } from "./pastMirror.js"

export interface EndedProgram {
  readonly command: string
  readonly db: string
  /** Its calls went to a mirror, which records those that it passes on itself. */
  readonly mirrored: boolean
  /** Recorders that began since then are the program's. */
  readonly startedAt: number
}

/**
 * `toPerson`: a summary for a person on a terminal; elsewhere only the known reasons of an empty recording, and calls
 * that a mirror should have answered.
 */
export const recordedNotes = (
  { command, db, mirrored, startedAt }: EndedProgram,
  { calls, lost, otherHosts, recorders }: Pick<RecordingStatus, "calls" | "lost" | "otherHosts" | "recorders">,
  toPerson: boolean
): ReadonlyArray<string> => {
  const mine = recorders.filter((recorder) => recorder.startedAt >= startedAt)
  const kept = mine.reduce((sum, recorder) => sum + recorder.calls + recorder.lost, 0)
  const others = otherHostsNote(otherHosts)
  const past = pastMirrorNote(mine)
  return [
    ...(toPerson ? [`${db} holds ${counted(calls, "call")}, ${lost} lost; hookshift record status tells more`] : []),
    ...(others !== null && (toPerson || calls === 0 || kept === 0) ? [others] : []),
    ...(past === null ? [] : [past]),
    ...(kept > 0 || mirrored ? [] : nothingSeen(command, mine.length > 0, others !== null, toPerson))
  ]
}

/** Why no call was recorded. Where no recorder came into a Node program, it has said why itself. */
const nothingSeen = (
  command: string,
  wasEntered: boolean,
  calledOthers: boolean,
  toPerson: boolean
): ReadonlyArray<string> => {
  if (!wasEntered && isOtherLanguage(command))
    return [
      `no Node program below ${command} made a call: programs in other languages are recorded by hookshift proxy --upstream URL`
    ]
  return calledOthers || !(toPerson || wasEntered)
    ? []
    : [
        `${command} ran, and no call to a host that is recorded was seen: check that it ran for long enough and against the account meant, that its calls are those of a Node program (hookshift proxy --upstream URL records others), and that the account's host is known (capture.hosts or HOOKSHIFT_HOSTS for a domain of your own)`
      ]
}
