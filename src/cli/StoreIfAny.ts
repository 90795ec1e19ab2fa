/** The store for commands that go on without a database, and make none. */
import { existsSync } from "node:fs"
import { Layer } from "effect"
import { Store } from "../store/service.js"

/** Of the file where it is there; of an empty one in memory where it is not. */
export const storeIfAny = (file: string) =>
  Layer.suspend(() =>
    existsSync(file) ? Store.layer(file, { mustExist: true, readsOnly: true }) : Store.layer(":memory:")
  )
