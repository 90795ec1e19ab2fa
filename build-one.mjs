import { build } from "esbuild"
await build({ entryPoints: ["/tmp/race/one-entry.ts"], bundle: true, platform: "node", format: "esm", target: "node22", outfile: "dist/one.js", external: ["better-sqlite3"], sourcemap: "inline", banner: { js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);' } })
