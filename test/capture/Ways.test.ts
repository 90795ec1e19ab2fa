import { describe, expect, it } from "vitest"
import { readWays } from "../../src/capture/index.js"

describe("the text of --through", () => {
  const told = (text: string, hosts: ReadonlyArray<string> = []) => String(readWays(text, hosts))
  it("names the only host, or each", () => {
    expect(
      told("http://127.0.0.1:8792", ["acme.freshdesk.com=freshdesk@acme.freshdesk.com", "acme.freshdesk.com"])
    ).toBe("acme.freshdesk.com=http://127.0.0.1:8792/")
    expect(told("Acme.Freshdesk.com=http://m:1/desk, acme.freshchat.com=https://m:2/chat/")).toBe(
      "acme.freshdesk.com=http://m:1/desk,acme.freshchat.com=https://m:2/chat/"
    )
    expect(told(told("http://m:1", ["127.0.0.1:4010=freshdesk@a.freshdesk.com"]))).toBe("127.0.0.1:4010=http://m:1/")
  })
  it.for([
    ["http://m:1", "say whose calls go to m:1, since the configuration names no source"],
    [
      "http://m:1",
      "HOST=http://m:1/, where HOST is one of a.freshdesk.com, b.freshdesk.com",
      "a.freshdesk.com",
      "b.freshdesk.com"
    ],
    ["m:1", "a mirror has an address such as"],
    ["ftp://m:1", "a mirror has an address such as"],
    ["a.freshdesk.com=http://user:secret@m:1", "has a part that it cannot have"],
    ["a.freshdesk.com=http://m:1?x=1", "has a part that it cannot have"],
    ["a.freshdesk.com=http://m:1,a.freshdesk.com=http://m:2", "has two mirrors"],
    ["m:1=http://m:1", "cannot be its own mirror"],
    [" , ", "names no mirror"]
  ])("%s is refused: %s", ([text = "", sentence = "", ...hosts]) => {
    expect(told(text, hosts)).toContain(sentence)
    expect(told(text, hosts)).not.toContain("secret")
  })
})
