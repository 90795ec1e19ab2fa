/** The nearest known key to one that is not known, from the schema alone. */
import { describe, expect, it } from "vitest"
import { knownKeysAt, nearestKey } from "../../src/config/UnknownKey.js"

describe("known keys", () => {
  it("are those of the object at a path, whatever the source is called", () => {
    expect(knownKeysAt([])).toEqual(["providers", "sources", "receiver", "inbox", "capture", "proxy", "mirror"])
    expect(knownKeysAt(["sources", "my-desk", "reconcile"])).toEqual(["every", "overlap", "deletionsEvery"])
    expect(knownKeysAt(["sources", "my-desk", "reconcile", "contact"])).toEqual(["every", "busy", "hours"])
    expect(knownKeysAt(["proxy", "upstreams", 3])).toEqual(["host", "path", "url"])
    expect(knownKeysAt(["receiver", "listen"])).toEqual([])
  })
})

describe("the nearest key", () => {
  it.each([
    ["beside it", ["sources", "fd", "baseURL"], "baseUrl"],
    ["beside it, although the name is known elsewhere", ["proxy", "upstreams", 0, "hots"], "host"],
    ["of an entity type", ["sources", "fd", "reconcile", "contact", "bussy"], "busy"],
    ["in another section, with its place", ["trustProxy"], "receiver.trustProxy"],
    ["of a mirror's callers", ["mirror", "sampledPrincipal"], "sampledPrincipals"],
    ["of any source, with its place", ["secretEnv"], "sources.*.auth.secretEnv"]
  ])("is %s", (_, path, near) => {
    expect(nearestKey(path)).toBe(near)
  })
  it("is none where no known key is as near", () => {
    expect(nearestKey(["colour"])).toBeNull()
    expect(nearestKey(["receiver", "colour"])).toBeNull()
  })
})
