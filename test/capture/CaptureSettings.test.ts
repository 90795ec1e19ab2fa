import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { readCaptureSettings } from "../../src/capture/settings/CaptureSettings.js"
import { anyRecordedOn, recordedHosts } from "../../src/capture/settings/RecordedHosts.js"
import { temporaryFolder } from "../support/files.js"

it("records what the environment, capture.hosts and the sources name", () => {
  const file = join(temporaryFolder(), "c.json")
  writeFileSync(
    file,
    JSON.stringify({
      capture: { hosts: ["proxy.example"], integration: "crm" },
      sources: { fd: { product: "freshdesk", baseUrl: "http://127.0.0.1:4010" } }
    })
  )
  const settings = readCaptureSettings({
    HOOKSHIFT_CONFIG: file,
    HOOKSHIFT_HOSTS: "a.example, b.example=freshdesk@acme.freshdesk.com"
  })
  expect(settings.integration).toBe("crm")
  const lookup = recordedHosts(settings.hosts)
  expect(lookup("a.example", "/x")).toEqual({ product: null, account: "a.example" })
  expect(lookup("a.example", "/api/v2/tickets")).toEqual({ product: "freshdesk", account: "a.example" })
  expect(lookup("b.example", "/x")).toEqual({ product: "freshdesk", account: "acme.freshdesk.com" })
  expect(lookup("proxy.example", "/x")).toEqual({ product: null, account: "proxy.example" })
  expect(lookup("127.0.0.1:4010", "/x")).toEqual({ product: "freshdesk", account: "127.0.0.1:4010" })
  expect(lookup("other.example", "/api/v2/tickets")).toBeNull()
})

it("tells accounts of one host apart by their paths", () => {
  const entries = ["127.0.0.1:4010/freshsales=freshsales@crm", "127.0.0.1:4010/freshchat=freshchat@chat"]
  const lookup = recordedHosts(entries)
  expect(lookup("127.0.0.1:4010", "/freshsales/crm/sales/api/deals")).toEqual({ product: "freshsales", account: "crm" })
  expect(lookup("127.0.0.1:4010", "/freshchat/v2/users")).toEqual({ product: "freshchat", account: "chat" })
  expect(lookup("127.0.0.1:4010", "/_sim/truth")).toBeNull()
  const any = anyRecordedOn(entries, ["api.example.org"])
  expect([any("127.0.0.1:4010"), any("127.0.0.1:4011"), any("acme.freshchat.com")]).toEqual([true, false, true])
  expect([any("api.example.org:443"), any("eu.api.example.org"), any("myapi.example.org")]).toEqual([true, true, false])
})

it("leaves a file that is no configuration alone", () => {
  const file = join(temporaryFolder(), "c.json")
  writeFileSync(file, "not json")
  expect(readCaptureSettings({ HOOKSHIFT_CONFIG: file, HOOKSHIFT_INTEGRATION: "x" })).toEqual({
    hosts: [],
    integration: "x",
    keepBodies: false,
    providers: [],
    describedHosts: []
  })
})
