/**
 * Writes the text of a Python program, of the standard library alone, that polls as its plan says and writes down what
 * it saw.
 */
import type { ProgramPlan } from "./Account.js"
import { idFields, stampFields } from "./Ways.js"

const python = (value: unknown): string => JSON.stringify(value)

/** Of a list read whole or since a moment, `pages` being `short`; one further call for each new item at most. */
export const pythonText = ({ cursor, detail, everySeconds, name, perPage, way }: ProgramPlan): string => {
  const fixed = (way.fixed ?? []).map((word) => word.split("="))
  const size = perPage ?? way.size ?? 30
  const sized = way.perPage === undefined ? [] : [[way.perPage.name, String(size)]]
  const since: Readonly<Record<ProgramPlan["cursor"], string>> = {
    overlap: "(newest if newest is not None else began - 3600) - 60",
    newest: "newest if newest is not None else began - 3600",
    after: "newest + 1 if newest is not None else began - 3600",
    clock: "(last_began if last_began is not None else began - 3600) - 30"
  }
  const idOf = (entity: string) => python(idFields[entity] ?? "id")
  const stampOf = (entity: string) => python(stampFields[entity] ?? "updated_at")
  const see = (entity: string, how: string, item: string) =>
    `see(${python(entity)}, ${python(how)}, ${item}, ${idOf(entity)}, ${stampOf(entity)})`
  return `import datetime, hashlib, json, os, signal, sys, time, urllib.error, urllib.parse, urllib.request

origin = os.environ["ORIGIN"]
headers = {"Authorization": os.environ["AUTHORIZATION"], "User-Agent": "${name}/1.0 (python)"}
stopping = False

def stop(*_):
    global stopping
    stopping = True

signal.signal(signal.SIGTERM, stop)
sights = open(os.environ["SIGHTS"], "a", buffering=1)
now = lambda: int(time.time() * 1000)
write = lambda line: sights.write(json.dumps(line) + "\\n")

def ask(path):
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(origin + path, headers=headers)) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            refused.read()
            if refused.code == 404:
                return None
            if refused.code != 429:
                raise
            time.sleep(int(refused.headers.get("Retry-After") or 1))

known = {}
seen = set()

def see(entity, how, item, id_field, stamp_field):
    id = item.get(id_field) or item.get("conversation_id") or item["id"]
    stamp_field = stamp_field if stamp_field in item else "updated_time"
    stamp = round(datetime.datetime.fromisoformat(item[stamp_field].replace("Z", "+00:00")).timestamp() * 1000)
    if (how, entity, id, stamp) not in seen:
        seen.add((how, entity, id, stamp))
        rest = {name: value for name, value in item.items() if name != stamp_field}
        content = hashlib.sha256(json.dumps(rest).encode()).hexdigest()[:16]
        write({"at": now(), "sweep": nth, "how": how, "entity": entity, "id": str(id), "stamp": stamp, "content": content})
    fresh = known.get((how, entity, id)) != stamp
    known[(how, entity, id)] = stamp
    return fresh, stamp

newest = last_began = view = None
nth = 0
while not stopping:
    began = time.time()
    nth += 1
    write({"at": now(), "sweep": nth, "how": "sweep"})
${
  way.views === undefined
    ? ""
    : `    if view is None:
        filters = ask(${python(way.views)})["filters"]
        view = next(one["id"] for one in filters if one["name"].startswith("All"))
`
}    since = ${since[cursor]}
    page = 1
    while True:
        query = ${python(Object.fromEntries([...fixed, ...sized]))}
        query["page"] = page
${way.mode === "since" ? `        query[${python(way.filter)}] = datetime.datetime.utcfromtimestamp(since).strftime("%Y-%m-%dT%H:%M:%SZ")\n` : ""}        body = ask(${python(`${way.path}?`)}.replace("{view}", str(view)) + urllib.parse.urlencode(query))
        items = body${way.at === "" ? "" : `[${python(way.at)}]`}
        fresh_ones = 0
        for item in items:
            fresh, stamp = ${see(way.entity, "list", "item")}
            fresh_ones += fresh
            newest = stamp / 1000 if newest is None else max(newest, stamp / 1000)
${
  detail === null
    ? ""
    : `            if fresh:
                found = ask(${python(detail.path)}.replace("{id}", str(item[${idOf(way.entity)}])))
                if found is not None:
                    found = found${detail.at === "" ? "" : `[${python(detail.at)}]`}
                    for one in found if isinstance(found, list) else [found]:
                        ${see(detail.entity, "detail", "one")}
`
}        if len(items) < ${size}${way.mode === "newest" ? " or fresh_ones < len(items)" : ""}:
            break
        page += 1
    last_began = began
    slept = time.time() + ${everySeconds}
    while not stopping and time.time() < slept:
        time.sleep(0.05)
`
}
