/** The live page: markup, style and script in one text, which loads nothing. All that is shown is set as text. */

const style = `
:root { color-scheme: light dark; --ground: #fff; --text: #1f2937; --soft: #4b5563; --line: #d1d5db; --card: #f3f4f6; --good: #166534; --bad: #b91c1c; }
@media (prefers-color-scheme: dark) { :root { --ground: #111827; --text: #e5e7eb; --soft: #aab2c0; --line: #374151; --card: #1f2937; --good: #86efac; --bad: #fca5a5; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem 1.25rem 3rem; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: 1.125rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; overflow-wrap: anywhere; }
.soft { color: var(--soft); font-size: .875rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .75rem; margin: 0; }
.tiles div { background: var(--card); border-radius: 6px; padding: .75rem; }
.tiles dt { color: var(--soft); font-size: .875rem; }
.tiles dd { margin: 0; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; min-width: 100%; font-size: .875rem; }
th, td { border-bottom: 1px solid var(--line); padding: .375rem .6rem; text-align: left; vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.good { color: var(--good); } .bad { color: var(--bad); font-weight: 600; }
`

const script = `
const count = (value) => value.toLocaleString("en")
const span = (seconds) => seconds < 90 ? Math.round(seconds * 10) / 10 + " s" : seconds < 5400 ? Math.round(seconds / 6) / 10 + " min" : seconds < 172800 ? Math.round(seconds / 360) / 10 + " h" : count(Math.round(seconds / 86400)) + " days"
const ago = (at) => at === null ? "never" : span(Math.max(0, (Date.now() - Date.parse(at)) / 1000)) + " ago"
const make = (name, text, className) => {
  const node = document.createElement(name)
  if (text !== undefined) node.textContent = text
  if (className) node.className = className
  return node
}
const tiles = (id, entries) => {
  const list = document.getElementById(id)
  list.replaceChildren(...entries.map(([name, value, className]) => {
    const tile = make("div")
    tile.append(make("dt", name), make("dd", value, className))
    return tile
  }))
}
const rows = (id, header, lines) => {
  const box = document.getElementById(id)
  const table = make("table")
  const head = table.createTHead().insertRow()
  for (const [title, number] of header) {
    const cell = make("th", title, number ? "number" : "")
    cell.scope = "col"
    head.append(cell)
  }
  const body = table.createTBody()
  for (const line of lines) {
    const row = body.insertRow()
    line.forEach((value, at) => {
      const [text, className] = Array.isArray(value) ? value : [value, ""]
      row.append(make("td", text, [header[at][1] ? "number" : "", className].join(" ").trim()))
    })
  }
  box.replaceChildren(table)
}
const say = (id, text, className) => {
  const line = document.getElementById(id)
  line.textContent = text
  line.className = className ?? "soft"
}
const show = (id, shown) => { document.getElementById(id).hidden = !shown }
const draw = ({ ofNewestCalls, pollers, receiver, recording, shadow }) => {
  tiles("recording", recording === null ? [["calls", "0"]] : [
    ["calls", count(recording.calls)],
    ["calls a minute, lately", String(recording.callsPerMinute)],
    ["last call", ago(recording.to)],
    ["programs that record now", count(recording.running)],
    ["calls lost", count(recording.lost), recording.lost > 0 ? "bad" : ""]
  ])
  const others = recording?.otherHosts ?? []
  say("others", others.length === 0 ? "" : "Not recorded: " + others.slice(0, 5).map(({ calls, host }) => host + " (" + count(calls) + " calls)").join(", ") + ". hookshift record status says how to have them recorded.")
  const seconds = recording === null || recording.from === null ? 0 : (Date.parse(recording.to) - Date.parse(recording.from)) / 1000
  const short = seconds > 0 && seconds < 72000 ? " A first look, from " + span(seconds) + " of recording: pollers slower than " + span(seconds / 4) + " do not show yet." : ""
  say("pollers-note", (pollers.length === 0 ? "None yet: four sweeps of a poller show its rhythm." : ofNewestCalls === null ? "" : "Of the newest " + count(ofNewestCalls) + " calls.") + short)
  rows("pollers", [["integration"], ["endpoint"], ["every", 1], ["sweeps", 1], ["empty", 1], ["calls", 1], ["freshness p95", 1], ["verdict"]], pollers.map((one) => [
    one.integration,
    one.endpoint,
    span(one.intervalSeconds),
    count(one.sweeps),
    one.empty,
    count(one.calls),
    one.freshnessSeconds === null ? "unknown" : span(one.freshnessSeconds.p95),
    one.verdict
  ]))
  show("pollers", pollers.length > 0)
  show("comparison", shadow !== null)
  if (shadow !== null) {
    say("safe", shadow.alarms.length > 0 ? "Alarm: " + shadow.alarms.join("; ") : shadow.safe ? "Cutting over is safe: hookshift cutover writes the steps." : "Not everything may be cut over yet.", shadow.alarms.length > 0 ? "bad" : shadow.safe ? "good" : "soft")
    rows("shadow", [["integration"], ["endpoint"], ["type"], ["changes", 1], ["pushed", 1], ["lost", 1], ["verdict"], ["why"]], shadow.pollers.map((one) => [
      one.integration, one.endpoint, one.entity, count(one.changes), count(one.pushed), [count(one.lost), one.lost > 0 ? "bad" : ""],
      [one.verdict, one.verdict === "safe" || one.verdict === "cutOver" ? "good" : one.verdict === "regression" ? "bad" : ""], one.why
    ]))
  }
  show("health", receiver !== null)
  if (receiver !== null) tiles("receiver", [
    ["receiver", receiver.running ? "running" : "not running", receiver.running ? "good" : "bad"],
    ["events", count(receiver.events)],
    ["last event", ago(receiver.lastAt)],
    ["waiting", count(receiver.waiting)],
    ["failing", count(receiver.failing), receiver.failing > 0 ? "bad" : ""],
    ["dead letters", count(receiver.dead), receiver.dead > 0 ? "bad" : ""],
    ["quarantined", count(receiver.quarantined), receiver.quarantined > 0 ? "bad" : ""],
    ["refused", count(receiver.refused), receiver.refused > 0 ? "bad" : ""]
  ])
}
let newest = null
const stream = new EventSource("/stream")
stream.onmessage = ({ data }) => {
  newest = JSON.parse(data)
  say("state", "live")
  draw(newest)
}
stream.onerror = () => say("state", "no connection to hookshift watch: what stands here is old", "bad")
// How long ago something was grows by itself.
setInterval(() => { if (newest !== null) draw(newest) }, 5000)
`

export const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>hookshift watch</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>hookshift watch</h1>
<p id="state" class="soft" role="status">reading the database</p>
<section aria-labelledby="h-recording">
<h2 id="h-recording">Recording</h2>
<dl class="tiles" id="recording"></dl>
<p id="others" class="soft"></p>
</section>
<section aria-labelledby="h-pollers">
<h2 id="h-pollers">Pollers found so far</h2>
<p id="pollers-note" class="soft"></p>
<div class="scroll" id="pollers" tabindex="0" role="group" aria-label="Table of pollers" hidden></div>
</section>
<section aria-labelledby="h-shadow" id="comparison" hidden>
<h2 id="h-shadow">Both paths, live</h2>
<p id="safe" class="soft"></p>
<div class="scroll" id="shadow" tabindex="0" role="group" aria-label="Table of the live comparison"></div>
</section>
<section aria-labelledby="h-receiver" id="health" hidden>
<h2 id="h-receiver">Receiver</h2>
<dl class="tiles" id="receiver"></dl>
</section>
<noscript><p>This page is drawn by its script: /figures has the same as JSON.</p></noscript>
</main>
<script>${script}</script>
</body>
</html>
`
