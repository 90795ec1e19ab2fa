import { expect, it } from "vitest"
import { headerIn } from "../../src/capture/hooks/RawHeaders.js"

it("finds a header in each form that undici and node:http have", () => {
  const forms: ReadonlyArray<unknown> = [
    "GET / HTTP/1.1\r\nUser-Agent: a:b\r\nX-Other: c\r\n\r\n",
    ["X-Other", "c", "User-Agent", "a:b"],
    [Buffer.from("X-Other"), Buffer.from("c"), Buffer.from("user-agent"), Buffer.from("a:b")],
    [
      ["X-Other", "c"],
      ["USER-AGENT", "a:b"]
    ],
    { "user-agent": "a:b" },
    { "User-Agent": ["a:b"] }
  ]
  for (const form of forms) {
    expect(headerIn(form, "user-agent"), JSON.stringify(form)).toBe("a:b")
    expect(headerIn(form, "authorization"), JSON.stringify(form)).toBeNull()
  }
})

it("joins values, and finds none where there are no headers", () => {
  expect(headerIn({ accept: ["a", "b"] }, "accept")).toBe("a, b")
  for (const none of [null, undefined, 7, [], "", {}]) expect(headerIn(none, "accept")).toBeNull()
})
