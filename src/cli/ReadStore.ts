/** The store for commands that only read it. */
import { existsSync } from "node:fs"
import { Layer } from "effect"
import { Store } from "../store/service.js"

export const readStore = (file: string) => Store.layer(file, { mustExist: true, readsOnly: true })

/** For commands that go on without a database, and make none: an empty one in memory where there is no file. */
export const readStoreIfAny = (file: string) =>
  Layer.suspend(() => (existsSync(file) ? readStore(file) : Store.layer(":memory:")))
