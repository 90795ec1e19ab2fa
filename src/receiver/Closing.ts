/** How long each step of a receiver's close may take. A step that is over its time is left: nothing acknowledged is lost by it. */

/** Bodies that are on their way may become whole for so long; then they are refused. */
export const lastBodiesMs = 2_000
/** Beyond the acknowledgement's own deadline, for a thread that does not answer. */
export const lastAnswersMs = 1_000
/** Answers that a sender does not read, and rests of bodies that are thrown away. */
export const lastConnectionsMs = 1_500
/** Deliveries that have not moved the state do so at the next start. */
export const lastApplyMs = 5_000

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
