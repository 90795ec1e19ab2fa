/** Tells operators who is answered by what it was shown, and who is not any more. */
import type { Log } from "../Log.js"
import type { SightParts } from "./Sights.js"

export const sightsLogging =
  (log: Log): SightParts["onChange"] =>
  ({ integration, source }, standing, why) =>
    standing === "shown"
      ? log("info", `a caller was shown to see everything of the type ${why}, and is answered from the state`, {
          source,
          integration
        })
      : log(
          "warning",
          `a caller that was compared sees less than the state, or something else (${why}): its requests go through for 24 hours`,
          { source, integration }
        )
