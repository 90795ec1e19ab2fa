import { expect, it } from "vitest"
import { finding, findingByContent, findingByStamps, findingOfUnknown } from "../../src/policy/ListComparison.js"

const unknown = Number.NaN
const nameOf = (code: number): string => Object.entries(finding).find(([, one]) => one === code)![0]

it.each([
  ["of before the watch, in a first sweep", findingOfUnknown(4, 1, 5, true), "fill"],
  ["of before the watch, in a later sweep", findingOfUnknown(4, 1, 5, false), "update"],
  ["changed since, created before", findingOfUnknown(6, 1, 5, true), "update"],
  ["created since", findingOfUnknown(6, 6, 5, true), "create"],
  ["created since, without a stamp of changes", findingOfUnknown(unknown, 6, 5, true), "create"],
  ["without any stamp, in a first sweep", findingOfUnknown(unknown, unknown, 5, true), "fill"],
  ["without any stamp, with all of the past asked for", findingOfUnknown(unknown, unknown, 0, true), "create"]
])("an entity that is not known: %s", (_, is, expected) => {
  expect(nameOf(is)).toBe(expected)
})

it.each([
  ["an older list", findingByStamps(4, 999, false, 5, false, true), "nothing"],
  ["an older list, read too early", findingByStamps(4, 999, false, 5, false, false), "doubt"],
  ["deleted, in an older list that was read too early", findingByStamps(4, 999, false, 5, true, false), "nothing"],
  ["the same stamp", findingByStamps(5, 999, false, 5, false, true), "compare"],
  ["a newer stamp", findingByStamps(6, 999, false, 5, false, true), "compare"],
  ["deleted, listed again with a newer stamp", findingByStamps(6, unknown, false, 5, true, true), "restore"],
  ["deleted, listed again with its stamp", findingByStamps(5, 999, false, 5, true, true), "restore"],
  ["deleted, in a list that may be older than that", findingByStamps(5, unknown, false, 5, true, true), "nothing"],
  ["deleted, listed as deleted", findingByStamps(6, 999, true, 5, true, true), "nothing"]
])("a known one by its stamps: %s", (_, is, expected) => {
  expect(nameOf(is)).toBe(expected)
})

it.each([
  ["other content", findingByContent(5, 999, 5, unknown, true, false), "update"],
  ["other content with a newer stamp, read too early", findingByContent(6, unknown, 5, 999, true, false), "update"],
  ["other content with its stamp, read too early", findingByContent(5, unknown, 5, 999, true, false), "doubt"],
  ["other content without any stamp", findingByContent(unknown, unknown, unknown, unknown, true, false), "update"],
  ["a moved stamp", findingByContent(6, unknown, 5, unknown, false, true), "refresh"],
  ["fields that were not known", findingByContent(5, unknown, 5, 999, false, false), "refresh"],
  ["a whole second, read for the first time", findingByContent(5, 999, 5, unknown, false, true), "confirm"],
  ["a whole second, read again", findingByContent(5, 999, 5, 999, false, true), "nothing"],
  ["read too early", findingByContent(5, unknown, 5, unknown, false, true), "nothing"]
])("a known one by its content: %s", (_, is, expected) => {
  expect(nameOf(is)).toBe(expected)
})
