/** Waiting, but not for ever. */

/** Whether `work` was done in time. */
export const within = async (ms: number, work: Promise<unknown>): Promise<boolean> => {
  let enough: NodeJS.Timeout | undefined
  try {
    return await Promise.race([
      work.then(() => true),
      new Promise<false>((resolve) => {
        enough = setTimeout(() => resolve(false), ms)
      })
    ])
  } finally {
    clearTimeout(enough)
  }
}

/** Looks each turn of the event loop; whether it came to be so in time. */
export const becomes = async (ms: number, holds: () => boolean): Promise<boolean> => {
  const end = performance.now() + ms
  while (!holds()) {
    if (performance.now() > end) return false
    await new Promise((next) => setTimeout(next, 1))
  }
  return true
}
