/** Calls of programs that go through a mirror, and that went straight to the provider. */
import type { RecordingStatus } from "../../../store/service.js"

type Recorders = RecordingStatus["recorders"]

/** All that such a program records: a mirror records the calls that it passes on itself. */
export const callsPastMirror = (recorders: Recorders): number =>
  recorders.filter(({ kind }) => kind === "through").reduce((sum, { calls }) => sum + calls, 0)

/** `null` where there are none. */
export const pastMirrorNote = (recorders: Recorders): string | null => {
  const calls = callsPastMirror(recorders)
  return calls === 0
    ? null
    : `${calls} ${calls === 1 ? "call" : "calls"} went straight to the provider, since the mirror did not answer: see that hookshift mirror runs at its address`
}
