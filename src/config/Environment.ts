/** A variable of the environment whose name somebody chose: `__proto__` and what every object inherits are none. */
export const variableOf = (name: string): string | undefined =>
  Object.hasOwn(process.env, name) ? process.env[name] : undefined
