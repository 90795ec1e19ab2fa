/** A variable of the environment by a name from the settings; `__proto__` and other inherited names are none. */
export const variableOf = (name: string): string | undefined =>
  Object.hasOwn(process.env, name) ? process.env[name] : undefined
