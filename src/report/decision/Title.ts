/** Title of a report: the accounts that it is about, the recorded time, and its own date. */
import type { Report } from "../../domain/Report.js"
import { day, span, text } from "../markdown/Words.js"

/** Accounts named in a title; the others are counted. */
const mostNamed = 2

/** `write` escapes an account's name for the title's place. */
export const titleOf = ({ accounts }: Pick<Report, "accounts">, write: (name: string) => string = text): string => {
  const names = accounts.map(({ account }) => write(account))
  const rest = names.length - mostNamed
  const shown = rest > 1 ? [...names.slice(0, mostNamed), `${rest} more accounts`] : names
  return `Polling to webhooks${shown.length === 0 ? "" : `: ${new Intl.ListFormat("en").format(shown)}`}`
}

export const subtitleOf = ({ generatedAt, window }: Pick<Report, "generatedAt" | "window">): string =>
  `Recorded ${span(window)}. Report of ${day(generatedAt)}.`
