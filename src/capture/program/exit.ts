/** Runs something when the process ends, without bringing a program nearer to Node's warning about too many listeners. */
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
