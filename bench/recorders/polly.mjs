// Polly.JS in passthrough: requests go out as they are, and are recorded.
import { mkdtempSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"

const require = createRequire(import.meta.url)
const { Polly } = require("@pollyjs/core")
const FetchAdapter = require("@pollyjs/adapter-fetch")
const FsPersister = require("@pollyjs/persister-fs")

Polly.register(FetchAdapter)
Polly.register(FsPersister)
export const polly = new Polly("bench", {
  mode: "record",
  adapters: ["fetch"],
  adapterOptions: { fetch: { context: globalThis } },
  persister: "fs",
  persisterOptions: { fs: { recordingsDir: mkdtempSync(join(process.env.BENCH_FOLDER ?? tmpdir(), "polly-")) } },
  logLevel: "silent"
})
