/**
 * A signal whose default action ends the process leaves no `exit` event to write in. So signals are heard first: what has
 * completed is written, then the program's own handlers run, or the signal does what it would have done.
 *
 * No listener stays on `process`: programs count them (signal-exit ends a process only when all listeners are its own), so
 * one that they do not know would keep such a program alive. Node wakes on a signal as soon as a listener was added, and
 * calls the `process.emit` of that moment: that one is ours.
 */
type Emit = (name: string | symbol, ...values: Array<unknown>) => boolean

export const beforeSignals = (write: () => void): void => {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    if (process.listenerCount(signal) > 0) continue // somebody was here before: leave the signal to them
    const current = Object.getOwnPropertyDescriptor(process, "emit")
    const nothing = () => undefined
    const heard: Emit = (name, ...values) => {
      write()
      if (process.listenerCount(signal) > 0) return (process.emit as Emit)(name, ...values)
      // Adding and removing a listener makes Node let go of the signal; its default action is then the kernel's.
      process.on(signal, nothing)
      process.removeListener(signal, nothing)
      process.kill(process.pid, signal)
      return true
    }
    Object.defineProperty(process, "emit", {
      configurable: true,
      writable: true,
      // While the listener is added, `newListener` is emitted too.
      value: (name: string | symbol, ...values: Array<unknown>) =>
        name === signal
          ? heard(name, ...values)
          : (Object.getPrototypeOf(process) as { emit: Emit }).emit.call(process, name, ...values)
    })
    process.on(signal, nothing)
    if (current === undefined) Reflect.deleteProperty(process, "emit")
    else Object.defineProperty(process, "emit", current)
    forgetListener(signal)
  }
}

/** Takes the listener off without the `removeListener` event at which Node would let go of the signal. */
const forgetListener = (signal: string): void => {
  const emitter = process as unknown as { _events: Record<string, unknown>; _eventsCount: number }
  if (emitter._events?.[signal] === undefined) return
  delete emitter._events[signal]
  emitter._eventsCount -= 1
}
