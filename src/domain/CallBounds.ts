/**
 * Bounds of the figures of one call. Larger figures are mistakes in a file or header, and do not fit columns and sums.
 */

/** Whole numbers of a call's columns: 32 bits. */
export const largestCount = 2 ** 31 - 1
/** 1 PiB, so that the sum of eight thousand is still exact. */
export const largestBytes = 2 ** 50
/** A week: clients, proxies and servers give up long before. */
export const longestCallSeconds = 604_800

export const isCount = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= largestCount

export const isByteCount = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= largestBytes
