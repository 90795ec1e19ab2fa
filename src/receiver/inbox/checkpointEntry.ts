/**
 * A thread that folds the WAL into the database while the inbox's thread goes on writing. 65 MB take 200 ms, for which
 * senders would wait otherwise. It holds no lock that a writer needs.
 */
import { parentPort, workerData } from "node:worker_threads"
import { openDatabase, Wal } from "../../store/index.js"

/** Folds and opening a file in WAL mode need no lock: this only waits on a file that was emptied meanwhile. */
const busyTimeoutMs = 1_000

const database = openDatabase(workerData as string, { mustExist: true, busyTimeoutMs })
Wal.foldsByItself(database, false)
const checkpoint = Wal.foldWal(database)

parentPort!.on("message", (request: "fold" | "close") => {
  if (request === "close") {
    database.close()
    return parentPort!.close()
  }
  try {
    checkpoint.all()
    parentPort!.postMessage(true)
  } catch {
    // The disk is full or the file locked: the WAL grows until the next round.
    parentPort!.postMessage(false)
  }
})
