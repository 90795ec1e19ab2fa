/** Where the build puts a thread's entry: beside this module once built, in `dist/` when run from source. */
export const builtEntry = (name: string): URL =>
  new URL(import.meta.url.endsWith(".ts") ? `../../dist/${name}` : `./${name}`, import.meta.url)
