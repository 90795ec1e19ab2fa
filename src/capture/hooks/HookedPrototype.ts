/** Changes to prototypes that a program does not notice. */
export type HookedPrototype = Record<PropertyKey, ((...values: Array<unknown>) => unknown) | undefined>

/** Sets a property that neither enumeration nor `console.log` shows, and that the program can set or remove again. */
export const defineHidden = (target: object, name: PropertyKey, value: unknown): void => {
  Object.defineProperty(target, name, { value, configurable: true, enumerable: false, writable: true })
}

export const bytesOf = (chunk: unknown): Uint8Array =>
  chunk instanceof Uint8Array ? chunk : Buffer.from(typeof chunk === "string" ? chunk : "")
