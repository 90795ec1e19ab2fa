// Between its calls this program waits for other threads: compression, key derivation, a compiled module, a thread of its own.
import { randomBytes, scrypt } from "node:crypto"
import { promisify } from "node:util"
import { Worker } from "node:worker_threads"
import { brotliCompress } from "node:zlib"

const call = async (name) => (await fetch(`${process.env.ORIGIN}/${name}`)).text()
const thread = () =>
  new Promise((resolve) =>
    new Worker("setTimeout(() => undefined, 50)", { eval: true, env: {}, execArgv: [] }).once("exit", resolve)
  )

await call("first")
await promisify(brotliCompress)(randomBytes(1_000_000))
await call("compressed")
await promisify(scrypt)("password", "salt", 32, { N: 2 ** 15, r: 8, maxmem: 2 ** 26 })
await call("derived")
await WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))
await call("compiled")
await thread()
await call("joined")
setInterval(() => void call("later"), 60_000)
