import { describe, expect, it } from "vitest"
import { inferTemplate } from "../../src/domain/Endpoint.js"
import { changedFields } from "../../src/domain/Event.js"
import { fingerprint, identifyingPart } from "../../src/domain/Principal.js"
import { median, medianAbsoluteDeviation, spread } from "../../src/domain/Quantiles.js"
import { shapeQuery } from "../../src/domain/Query.js"
import { parseTimestamp, toWholeSecondIso } from "../../src/domain/Time.js"

describe("path templates", () => {
  it.each([
    ["/v1/orders/42", "/v1/orders/{id}"],
    ["/v1/users/0b9fbb5e-6d0c-4f4e-9d5c-2f8f1c3f0a11/posts", "/v1/users/{uuid}/posts"],
    ["/blobs/3f786850e387550fdab836ed7e6dc881de23001b", "/blobs/{hash}"],
    ["/people/jane%40acme.example/tickets", "/people/{email}/tickets"],
    ["/people/jane@acme.example", "/people/{email}"],
    ["/call/+15551234567", "/call/{phone}"],
    ["/hook/fdk_live9Q2mZ7xK4vB1nR8sT3wY", "/hook/{token}"],
    ["/api/v2/tickets", "/api/v2/tickets"],
    ["/api/qzvwkxjhfdplmnbtrcgsxkqw", "/api/{text}"],
    ["/files/jane.doe", "/files/{text}"],
    ["/users/jane", "/users/{text}"],
    ["/v1/members/jane-doe/posts", "/v1/members/{text}/posts"],
    ["/users/me", "/users/me"],
    ["/users/search", "/users/search"],
    ["/api/users.list", "/api/users.list"],
    ["/crm/sales/api/sales_accounts/bulk_upsert", "/crm/sales/api/sales_accounts/bulk_upsert"],
    ["/api/v2/recommendations/internationalization", "/api/v2/recommendations/internationalization"],
    ["/api/v2/customObjects/scheduledNotifications", "/api/v2/customObjects/scheduledNotifications"]
  ])("%s becomes %s", (path, template) => {
    expect(inferTemplate(path)).toBe(template)
  })
})

describe("query shapes", () => {
  it("keeps harmless words, marks moving windows, and drops the page", () => {
    expect(shapeQuery("?updated_since=2026-03-01T00:00:00Z&page=3&per_page=100&order_by=updated_at", "s")).toEqual({
      shape: "order_by=updated_at&per_page=100&updated_since=*",
      page: 3,
      since: Date.parse("2026-03-01T00:00:00Z")
    })
  })
  it("keeps no unknown value, and gives a moving cursor inside one the same shape", () => {
    const first = shapeQuery(`query="email:'jane@acme.example' AND updated_at:>'2026-03-01T10:00:00Z'"`, "s")
    const second = shapeQuery(`query="email:'jane@acme.example' AND updated_at:>'2026-03-02T11:30:00Z'"`, "s")
    expect(first.shape).toMatch(/^query=#[0-9a-f]{8}@changes$/)
    expect(second.shape).toBe(first.shape)
    expect(shapeQuery(`query="email:'john@acme.example'"`, "s").shape).not.toBe(first.shape)
  })
  it("keeps no name that may be a key or a person's", () => {
    for (const name of ["jane.doe", "qzvwkxjhfdplmnbtrcgsxkqw", "9f8e7d6c5b4a39281706"])
      expect(shapeQuery(`${name}=1&per_page=5`, "s").shape).toMatch(/^\?=#[0-9a-f]{8}&per_page=5$/)
    for (const name of ["ticket.status", "filter[company_id]", "requested_for", "updated_since", "$filter"])
      expect(shapeQuery(`${name}=1`, "s").shape.startsWith(`${name}=`)).toBe(true)
  })
  it("does not keep a value under a harmless name when it is no word of an API", () => {
    expect(shapeQuery("sort=jane@acme.example", "s").shape).toMatch(/^sort=#/)
  })
})

describe("principals", () => {
  it("identifies by the key of Basic, not by its filler password", () => {
    const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`
    expect(identifyingPart(basic("key-1:X"))).toBe(identifyingPart(basic("key-1:anything")))
    expect(identifyingPart(basic("key-1:X"))).not.toBe(identifyingPart(basic("key-2:X")))
  })
  it("identifies a renewed JWT by its subject", () => {
    const jwt = (claims: object) => `Bearer e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.sig`
    expect(identifyingPart(jwt({ sub: "app-7", iat: 1 }))).toBe(identifyingPart(jwt({ sub: "app-7", iat: 2 })))
  })
  it("reads Token token= with and without quotes", () => {
    expect(identifyingPart('Token token="abc"')).toBe("abc")
    expect(identifyingPart("Token token=abc")).toBe("abc")
  })
  it("differs by salt, and does not hold the key", () => {
    expect(fingerprint("key", "a")).not.toBe(fingerprint("key", "b"))
    expect(fingerprint("key", "a")).toMatch(/^[0-9a-f]{12}$/)
  })
})

describe("order statistics", () => {
  it("takes medians of odd and even counts", () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
    expect(median([])).toBeNull()
  })
  it("does not let one outlier move the deviation", () => {
    expect(medianAbsoluteDeviation([60, 60, 61, 59, 3600])).toBe(1)
  })
  it("takes percentiles by nearest rank", () => {
    expect(spread(Array.from({ length: 100 }, (_, n) => n + 1))).toEqual({ p50: 50, p95: 95, max: 100 })
  })
})

describe("timestamps", () => {
  it("reads Z, offsets and milliseconds, and takes a bare stamp as UTC", () => {
    const at = Date.parse("2026-03-01T10:00:00Z")
    expect(parseTimestamp("2026-03-01T10:00:00Z")).toBe(at)
    expect(parseTimestamp("2026-03-01T15:30:00+05:30")).toBe(at)
    expect(parseTimestamp("2026-03-01T10:00:00.000")).toBe(at)
    expect(parseTimestamp("soon")).toBeNull()
    expect(parseTimestamp(42)).toBeNull()
  })
  it("writes whole seconds, cut off", () => {
    expect(toWholeSecondIso(Date.parse("2026-03-01T10:00:00.999Z"))).toBe("2026-03-01T10:00:00Z")
  })
})

describe("changed fields", () => {
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)
  it("names custom fields one by one", () => {
    expect(
      changedFields({ status: 2, custom_fields: { a: 1, b: 2 } }, { status: 3, custom_fields: { a: 1, b: 3 } }, same)
    ).toEqual(["custom_fields.b", "status"])
  })
})
