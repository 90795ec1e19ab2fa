/** Style sheet of `report.html`: two colour themes, narrow pages, paper. */
export const style = `
:root { color-scheme: light dark; --ground: #fff; --text: #1f2937; --soft: #4b5563; --line: #d1d5db;
  --code: #f3f4f6; --link: #0b5cad; --now: #c2410c; --after: #0f766e; --limit: #b91c1c; --other: #6d5bd0;
  --fetch: #0e7490; --kept: #a16207; }
@media (prefers-color-scheme: dark) { :root { --ground: #111827; --text: #e5e7eb; --soft: #b3bac6; --line: #3b4657;
  --code: #1f2937; --link: #7cb8ff; --now: #fb923c; --after: #2dd4bf; --limit: #f87171; --other: #a99bf5;
  --fetch: #38bdf8; --kept: #eab308; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: .9375rem/1.5 system-ui, sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: 1rem 1.25rem 4rem; }
a { color: var(--link); }
h1 { font-size: 1.375rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 0 0 .5rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .5rem; overflow-wrap: anywhere; }
p, ul, ol { margin: .5rem 0; }
p, li { overflow-wrap: anywhere; }
main > section, nav { margin-top: 2rem; }
.when { color: var(--soft); margin: .15rem 0 .5rem; }
.verdict { font-size: 1.0625rem; margin: 0; }
code { background: var(--code); padding: .05em .3em; border-radius: 3px; font-size: .85em; overflow-wrap: anywhere; }
pre { background: var(--code); padding: .75rem; overflow-x: auto; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.tiles { list-style: none; margin: .75rem 0 0; padding: 0; display: grid; grid-template-columns: repeat(4, 1fr);
  gap: .75rem; }
.tiles li { border: 1px solid var(--line); border-radius: 8px; padding: .6rem .8rem; font-size: .8125rem;
  line-height: 1.4; color: var(--soft); }
.tiles h2 { font-size: .8125rem; margin: 0; color: var(--text); }
.tiles p { margin: .2rem 0 0; }
.figure { font-size: 1.1rem; white-space: nowrap; color: var(--text); }
.figure b { font-size: 1.5rem; line-height: 1.2; }
.better b { color: var(--after); }
.was { color: var(--now); }
main > .first, main > .doubts { margin-top: 1rem; }
.first ol { margin: 0; padding-left: 1.5rem; }
.first li { margin: .25rem 0; }
.doubts { color: var(--soft); font-size: .875rem; }
.doubts h2 { font-size: .9375rem; margin: 0; color: var(--text); }
.doubts ul { margin: .15rem 0; padding-left: 1.5rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; padding: .5rem 0; margin: 0;
  font-size: .875rem; border-block: 1px solid var(--line); }
nav a { display: inline-block; padding: .15rem 0; }
details { border-bottom: 1px solid var(--line); }
summary { cursor: pointer; padding: .35rem 0 .35rem 1.1rem; list-style: none; position: relative; }
summary::-webkit-details-marker { display: none; }
summary::before { content: "▸"; position: absolute; left: 0; color: var(--soft); }
details[open] > summary::before { content: "▾"; }
summary:hover { background: var(--code); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 1px; }
.fold > summary { color: var(--link); }
.section { margin-top: 1.25rem; border: 0; }
.section h2 { display: inline; }
.section > summary { padding-left: 1.25rem; }
.in { padding: .25rem 0 1rem 1.1rem; }
.poller { display: grid; grid-template-columns: minmax(0, 5fr) 2fr 3fr 3fr 5.5rem; gap: .25rem .75rem;
  align-items: baseline; font-variant-numeric: tabular-nums; }
.poller.head { padding-left: 1.1rem; font-size: .8125rem; font-weight: bold; color: var(--soft);
  border-bottom: 1px solid var(--line); }
.poller small { display: none; color: var(--soft); }
.poller em { font-style: normal; color: var(--after); }
.name { overflow-wrap: anywhere; }
.finding { display: grid; grid-template-columns: 4.75rem minmax(0, 5fr) minmax(0, 4fr) 7rem; gap: .25rem .75rem;
  align-items: baseline; }
.finding > :last-child { text-align: right; font-variant-numeric: tabular-nums; }
.badge { justify-self: start; font-size: .75rem; font-weight: bold; border: 1px solid; border-radius: 99px;
  padding: 0 .55em; color: var(--soft); }
.badge.migrate, .badge.hybrid { color: var(--after); }
.badge.tune { color: var(--other); }
.badge.error { color: var(--limit); }
.badge.warning { color: var(--kept); }
.box { margin: .5rem 0; }
.hint { display: none; margin: 0; font-size: .75rem; color: var(--soft); text-align: right; }
.scrolls > .hint { display: block; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-size: .8125rem; min-width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .5rem; vertical-align: top; text-align: left;
  overflow-wrap: normal; }
th { background: var(--code); }
.r { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th button { all: unset; cursor: pointer; font-weight: bold; }
th button:focus-visible { outline: 2px solid var(--link); }
th[aria-sort=ascending] button::after { content: " ▲"; }
th[aria-sort=descending] button::after { content: " ▼"; }
.task { list-style: none; margin-left: -1.25rem; }
.task label { display: inline-flex; gap: .5rem; align-items: baseline; }
.task ul { padding-left: 3rem; }
.all { float: right; margin: .4rem 0 0 1rem; font: inherit; font-size: .8125rem; color: var(--link); background: none;
  border: 1px solid var(--line); border-radius: 4px; padding: .1rem .6rem; cursor: pointer; }
figure { margin: .75rem 0 1rem; }
figure p { margin: .5rem 0 .1rem; font-weight: bold; }
figcaption { color: var(--soft); font-size: .8125rem; overflow-wrap: anywhere; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 0 1.5rem; }
.keys { list-style: none; display: flex; flex-wrap: wrap; gap: 0 1rem; margin: 0 0 .25rem; padding: 0;
  font-size: .75rem; color: var(--soft); }
.keys li::before { content: ""; display: inline-block; width: .7em; height: .7em; margin-right: .35em;
  border-radius: 2px; background: var(--c); }
.now { --c: var(--now); } .after, .found { --c: var(--after); } .limit, .upkeep { --c: var(--limit); }
.other, .mostly, .tuned { --c: var(--other); } .soft, .unread, .retries { --c: var(--soft); }
.empty { --c: var(--now); } .reconciliation { --c: var(--after); } .hydration { --c: var(--fetch); }
.kept { --c: var(--kept); }
.badge.kept, .badge.keep { color: var(--soft); }
.bar { display: grid; grid-template-columns: 7rem 1fr; align-items: center; font-size: .875rem; margin: .2rem 0; }
.bar > div { display: flex; height: 1.25rem; }
.bar > div > span { background: var(--c); min-width: 2px; border-right: 1px solid var(--ground); }
.plot { display: grid; grid-template: var(--h) auto / minmax(0, auto) minmax(0, 1fr); column-gap: .4rem;
  font-size: .6875rem; color: var(--soft); padding-top: .5rem; }
.ys { position: relative; width: var(--l); max-width: 36vw; }
.ys span { position: absolute; right: 0; max-width: 100%; transform: translateY(50%); line-height: 1.1;
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.area { position: relative; border-bottom: 1px solid var(--line); }
.area hr { position: absolute; left: 0; right: 0; margin: 0; border: 0; border-top: 1px solid var(--line);
  opacity: .6; }
.area svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
.area b { position: absolute; transform: translate(-50%, 50%); min-width: .7rem; height: .7rem;
  border-radius: 99px; background: var(--c); }
.area b:not(:empty) { min-width: 1.1rem; height: 1.1rem; padding: 0 .2rem; line-height: 1.1rem; text-align: center;
  color: var(--ground); font-size: .6875rem; }
.xs { grid-column: 2; position: relative; height: 1.2rem; }
.xs:empty { height: .3rem; }
.xs span { position: absolute; transform: translateX(-50%); white-space: nowrap; }
.xs span:first-child { transform: none; }
.xs span:last-child:not(:first-child) { transform: translateX(-100%); }
path { fill: none; stroke: var(--c); vector-effect: non-scaling-stroke; }
.line { stroke-width: 1.5px; }
.thick { stroke-width: 6px; stroke-linecap: round; }
.fill { fill: var(--c); fill-opacity: .3; stroke-width: 1px; }
.dots { stroke-width: 7px; stroke-linecap: round; }
.hole { stroke: var(--ground); stroke-width: 4px; }
.found { stroke-width: 16px; } .mostly { stroke-width: 9px; } .empty { stroke-width: 4px; }
.unread { stroke-width: 6px; }
@media (max-width: 60rem) { .tiles { grid-template-columns: repeat(2, 1fr); } }
@media (max-width: 48rem) {
  main { padding: .75rem .9rem 3rem; }
  .poller.head { display: none; }
  .poller { display: flex; flex-wrap: wrap; gap: 0 .9rem; }
  .poller .name { flex: 1 0 100%; }
  .poller small { display: inline; }
  .finding { grid-template-columns: auto minmax(0, 1fr) auto; }
  .finding > :nth-child(3) { grid-column: 2; grid-row: 2; color: var(--soft); font-size: .8125rem; }
  .xs span:nth-child(even) { display: none; }
  .in { padding-left: 0; }
  td:not(.r), th:not(.r) { min-width: 7.5rem; }
}
@media (max-width: 30rem) { .tiles { grid-template-columns: 1fr; } .bar { grid-template-columns: 5.5rem 1fr; } }
@media print {
  :root { color-scheme: light; --ground: #fff; --text: #000; --soft: #333; --line: #999; --code: #f3f4f6;
    --link: #000; --now: #c2410c; --after: #0f766e; --limit: #b91c1c; --other: #6d5bd0; --fetch: #0e7490;
  --kept: #a16207; }
  :root { font-size: 11px; print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  nav, .all, .hint, summary::before { display: none !important; }
  summary { padding-left: 0; }
  details::details-content { content-visibility: visible; display: block; block-size: auto; }
  .in { padding: 0 0 .5rem; }
  table { font-size: .75rem; }
  h2, h3, summary { break-after: avoid; }
  figure, tr, .tiles li { break-inside: avoid; }
  .table, pre { overflow: visible; }
  .tiles { grid-template-columns: repeat(4, 1fr); }
}`
