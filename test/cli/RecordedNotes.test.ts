/** The notes of `record` once its program has ended: each case of what was recorded, on a terminal and elsewhere. */
import { expect, it } from "vitest"
import { recordedNotes } from "../../src/cli/commands/record/RecordedNotes.js"
import type { RecordingStatus } from "../../src/store/service.js"

const startedAt = 1_000

const recorder = (own: Partial<RecordingStatus["recorders"][number]> = {}): RecordingStatus["recorders"][number] => ({
  integration: null,
  program: "app.js",
  kind: "preload",
  pid: 1,
  startedAt,
  lastSeenAt: startedAt,
  calls: 0,
  lost: 0,
  ended: true,
  keepsBodies: false,
  ...own
})

type Part = "summary" | "other hosts" | "past the mirror" | "other language" | "no call"
const begins: ReadonlyArray<readonly [Part, RegExp]> = [
  ["summary", /^calls\.db holds 9 calls, 0 lost; /],
  ["other hosts", /^2 calls went to a\.example, which is not recorded: /],
  ["past the mirror", /^\d calls? went straight to the provider/],
  ["other language", /^no Node program below \S+ made a call: /],
  ["no call", /^\S+ ran, and no call to a host that is recorded was seen: /]
]
const partOf = (note: string): Part | undefined => begins.find(([, pattern]) => pattern.test(note))?.[0]

interface Case {
  readonly what: string
  readonly command?: string
  readonly mirrored?: boolean
  readonly recorders?: RecordingStatus["recorders"]
  readonly others?: boolean
  readonly person: ReadonlyArray<Part>
  readonly script: ReadonlyArray<Part>
}

const earlier = recorder({ startedAt: startedAt - 1, calls: 9 })

const cases: ReadonlyArray<Case> = [
  { what: "calls", recorders: [recorder({ calls: 9 })], person: ["summary"], script: [] },
  { what: "lost calls alone", recorders: [recorder({ lost: 1 })], person: ["summary"], script: [] },
  { what: "a recorder without a call", recorders: [recorder()], person: ["summary", "no call"], script: ["no call"] },
  { what: "no recorder: a Node program says why itself", person: ["summary", "no call"], script: [] },
  { what: "an earlier program's calls alone", recorders: [earlier], person: ["summary", "no call"], script: [] },
  {
    what: "another language",
    command: "/usr/bin/python3",
    person: ["summary", "other language"],
    script: ["other language"]
  },
  {
    what: "another language with a Node child",
    command: "python3",
    recorders: [recorder()],
    person: ["summary", "no call"],
    script: ["no call"]
  },
  {
    what: "other hosts alone",
    recorders: [recorder()],
    others: true,
    person: ["summary", "other hosts"],
    script: ["other hosts"]
  },
  {
    what: "other hosts beside calls",
    recorders: [recorder({ calls: 9 })],
    others: true,
    person: ["summary", "other hosts"],
    script: []
  },
  {
    what: "other hosts in another language",
    command: "ruby",
    others: true,
    person: ["summary", "other hosts", "other language"],
    script: ["other hosts", "other language"]
  },
  {
    what: "a mirror that answered everything",
    mirrored: true,
    recorders: [recorder({ kind: "through" })],
    person: ["summary"],
    script: []
  },
  {
    what: "a mirror that did not answer",
    mirrored: true,
    recorders: [recorder({ kind: "through", calls: 2 })],
    person: ["summary", "past the mirror"],
    script: ["past the mirror"]
  }
]

it.each(cases)("$what", ({ command = "node", mirrored = false, others = false, person, recorders = [], script }) => {
  const status = { calls: 9, lost: 0, recorders, otherHosts: others ? [{ host: "a.example", calls: 2 }] : [] }
  const partsFor = (toPerson: boolean) =>
    recordedNotes({ command, db: "calls.db", mirrored, startedAt }, status, toPerson).map(partOf)
  expect(partsFor(true)).toEqual(person)
  expect(partsFor(false)).toEqual(script)
})
