/**
 * Whether the mirror may answer a poller, by its answers that were compared in the dark: by the same exact bounds as a
 * cut-over (LossVerdict.ts). One wrong answer is a fault to be looked at, not a share to be tolerated. Pure.
 */
import { approximateDuration } from "../domain/DurationText.js"
import { smallPercent } from "../domain/Figures.js"
import { lossVerdict } from "./LossVerdict.js"
import type { ShadowSettings } from "./Settings.js"

export interface ComparedAnswers {
  readonly right: number
  readonly wrong: number
  /** In which they were compared. */
  readonly seconds: number
}

export interface AnswerVerdict {
  readonly verdict: "safe" | "notYet"
  /** Upper bound of the share of wrong answers, at the confidence asked; 1 where none was compared. */
  readonly wrongAtMost: number
  /** How much longer to compare, at the rate so far; `null` where time alone does not help. */
  readonly watchSeconds: number | null
  readonly why: string
}

/** `null`: none of the poller's requests has come to a mirror. */
export const answerVerdict = (
  compared: ComparedAnswers | null,
  asked: Pick<ShadowSettings, "confidence" | "tolerated">
): AnswerVerdict => {
  const notYet = (why: string): AnswerVerdict => ({ verdict: "notYet", wrongAtMost: 1, watchSeconds: null, why })
  if (compared === null) return notYet("none of its requests has come to a mirror")
  const { right, seconds, wrong } = compared
  if (right + wrong === 0) return notYet("no answer was compared in the dark")
  const { lossAtMost, reason, verdict, watchSeconds } = lossVerdict(
    { pushed: right, lost: wrong, gone: 0, seconds },
    asked
  )
  const bounded = { wrongAtMost: lossAtMost, verdict, watchSeconds }
  if (wrong > 0)
    return {
      ...notYet(`${wrong} of ${right + wrong} answers would have been wrong: the mirror's log says how`),
      wrongAtMost: lossAtMost
    }
  if (reason.kind === "undecided")
    return {
      ...bounded,
      why: `${right} ${right === 1 ? "answer was" : "answers were"} compared in the dark, none of them wrong: ${reason.needed} are needed for ${smallPercent(asked.confidence)} confidence${seconds > 0 ? `, some ${approximateDuration(reason.watchSeconds)} more at this rate` : ""}`
    }
  return {
    ...bounded,
    why: `of ${right} answers that were compared in the dark none was wrong: at most ${smallPercent(lossAtMost)} are, with ${smallPercent(asked.confidence)} confidence`
  }
}
