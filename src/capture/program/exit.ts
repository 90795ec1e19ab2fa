/**
 * Runs a function at the process's end. The listener does not count towards Node's warning about too many listeners.
 * Returns its removal.
 */
export const onExit = (run: () => void): (() => void) => {
  const most = process.getMaxListeners()
  if (most > 0) process.setMaxListeners(most + 1)
  process.once("exit", run)
  return () => {
    process.removeListener("exit", run)
    const now = process.getMaxListeners()
    if (most > 0 && now > most) process.setMaxListeners(now - 1)
  }
}
