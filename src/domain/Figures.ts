/** Times, shares and counts as sentences, reports and files write them. */
import type { EpochMillis } from "./Time.js"

/** `2026-11-23T10:00:00.000Z` */
export const iso = (at: EpochMillis): string => new Date(at).toISOString()

export const isoOrNull = (at: EpochMillis | null): string | null => (at === null ? null : iso(at))

/** `12.0 %`: as many decimals for every share, for tables. */
export const percent = (share: number, decimals = 1): string => `${(share * 100).toFixed(decimals)} %`

/** `12 %` and `12.3 %`: for sentences. */
export const roundedPercent = (share: number): string => `${Math.round(share * 1_000) / 10} %`

/** A small share, with a digit more where it would read as none. */
export const smallPercent = (share: number): string => percent(share, share < 0.001 ? 2 : 1)

/** `1,440` */
export const count = (value: number): string => value.toLocaleString("en-US")

/** `1 call` and `1,440 calls` */
export const counted = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? "" : "s"}`

/** `a ticket`, `an agent`, `an hour`: by the first sound, which is not always the first letter's. */
export const withArticle = (noun: string): string => `${/^(?:[aeio]|u(?!se|ni)|hour)/i.test(noun) ? "an" : "a"} ${noun}`

/** `3.2 MiB` */
export const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`
