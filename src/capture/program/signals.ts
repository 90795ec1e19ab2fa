/**
 * A signal whose default action ends the process emits no `exit` event. So the recorder handles the signal first:
 * completed calls are written, then the program's own handlers run. Where it has none, the recorder ends as at an exit,
 * so that the recording is not taken for one that was cut off, and the signal takes its default action.
 *
 * No listener stays on `process`. Programs count listeners: signal-exit ends a process only when all listeners are
 * its own, so a foreign one would keep such a program alive. Node handles a signal from the first listener on,
 * through the `process.emit` of that moment, which is replaced here for as long as the listener is added.
 */
type Emit = (name: string | symbol, ...values: Array<unknown>) => boolean

export const beforeSignals = ({ end, write }: { readonly end: () => void; readonly write: () => void }): void => {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    if (process.listenerCount(signal) > 0) continue // the program, or a preload before this one, handles the signal
    const current = Object.getOwnPropertyDescriptor(process, "emit")
    const nothing = () => undefined
    const handle: Emit = (name, ...values) => {
      if (process.listenerCount(signal) > 0) {
        write()
        return (process.emit as Emit)(name, ...values)
      }
      // The first process of a container survives: no default action ends it.
      if (process.pid === 1) write()
      else end()
      // Adding and removing a listener makes Node restore the signal's default action.
      process.on(signal, nothing)
      process.removeListener(signal, nothing)
      process.kill(process.pid, signal)
      return true
    }
    Object.defineProperty(process, "emit", {
      configurable: true,
      writable: true,
      // While the listener is added, `newListener` is emitted as well.
      value: (name: string | symbol, ...values: Array<unknown>) =>
        name === signal
          ? handle(name, ...values)
          : (Object.getPrototypeOf(process) as { emit: Emit }).emit.call(process, name, ...values)
    })
    process.on(signal, nothing)
    if (current === undefined) Reflect.deleteProperty(process, "emit")
    else Object.defineProperty(process, "emit", current)
    forgetListener(signal)
  }
}

/** Removes the listener without the `removeListener` event, at which Node would restore the default action. */
const forgetListener = (signal: string): void => {
  const emitter = process as unknown as { _events: Record<string, unknown>; _eventsCount: number }
  if (emitter._events?.[signal] === undefined) return
  delete emitter._events[signal]
  emitter._eventsCount -= 1
}
