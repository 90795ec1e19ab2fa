// Makes calls, tells of each once it has completed, with how many the recorder says are written by then, and ends in
// the way that it is told: `node killed.mjs URL HOW CALLS RECORDER`.

import { writeSync } from "node:fs"
import http from "node:http"

const [, , url, how, calls, preload] = process.argv
const { recorder } = await import(preload)
let completed = 0
const done = () => {
  completed += 1
  writeSync(1, `${completed} ${recorder.stats().written}\n`)
  if (completed === Number(calls)) {
    if (how === "exit") process.exit(3)
    if (how === "throw") throw new Error("boom")
    // For signals: go on until one comes.
  }
}
const byFetch = async () => {
  for (;;) {
    await (await fetch(`${url}/api/v2/tickets?per_page=5&page=${completed % 7}`)).json()
    done()
  }
}
const byHttp = () =>
  http.get(`${url}/api/v2/contacts`, (response) => {
    response.resume()
    response.on("end", () => {
      done()
      byHttp()
    })
  })
void byFetch()
void byFetch()
byHttp()
