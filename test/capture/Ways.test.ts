import { describe, expect, it } from "vitest"
import { readWays, type Ways } from "../../src/capture/through/Ways.js"

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
  it("replaces an account's path at the provider by the mirror's", () => {
    const hosts = ["127.0.0.1:4010/freshservice=freshservice@127.0.0.1:4010/freshservice"]
    for (const text of [
      "http://m:1/itsm",
      "127.0.0.1:4010=http://m:1/itsm",
      "127.0.0.1:4010/freshservice=http://m:1/itsm"
    ]) {
      const ways = readWays(text, hosts) as Ways
      expect(String(ways)).toBe("127.0.0.1:4010/freshservice=http://m:1/itsm")
      const at = (path: string) => ways.of("127.0.0.1:4010", path)?.pathAt(path) ?? null
      expect(at("/freshservice/api/v2/tickets?page=1")).toBe("/itsm/api/v2/tickets?page=1")
      expect(at("/freshservice?x=1")).toBe("/itsm?x=1")
      // Another account's, and of no account.
      expect([at("/freshservices/api"), at("/freshdesk/api")]).toEqual([null, null])
    }
    expect((readWays("http://m:1", hosts) as Ways).of("127.0.0.1:4010", "/freshservice")!.pathAt("/freshservice")).toBe(
      "/"
    )
  })
  it("takes the account whose path the mirror has, where a host has several", () => {
    const hosts = ["127.0.0.1:4010/freshdesk=freshdesk", "127.0.0.1:4010/freshservice=freshservice"]
    expect(told("http://m:1/freshservice/", hosts)).toBe("127.0.0.1:4010/freshservice=http://m:1/freshservice/")
    expect(told("http://m:1/freshservice,http://m:1/freshdesk", hosts)).toBe(
      "127.0.0.1:4010/freshservice=http://m:1/freshservice,127.0.0.1:4010/freshdesk=http://m:1/freshdesk"
    )
    expect(told("http://m:1", hosts)).toContain(
      "HOST/PATH is one of 127.0.0.1:4010/freshdesk, 127.0.0.1:4010/freshservice"
    )
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
