/** Two readers of one file: what the recorder's plain reading takes is what the schema decodes. */
import { Schema } from "effect"
import { expect, it } from "vitest"
import { captureSectionOf } from "../../src/config/CaptureSection.js"
import { ConfigFile } from "../../src/config/ConfigSchema.js"

const written = {
  providers: ["providers/acme.json"],
  sources: {
    fd: { product: "freshdesk", baseUrl: "https://acme.freshdesk.com/", auth: { secretEnv: "KEY" } },
    own: { product: "acme", baseUrl: "http://127.0.0.1:4010", auth: {} }
  },
  capture: { hosts: ["127.0.0.1:4011"], integration: "crm-sync", keepBodies: true }
}

it("reads the settings that the schema reads", () => {
  const decoded = Schema.decodeUnknownSync(ConfigFile, { onExcessProperty: "error" })(written)
  const section = captureSectionOf(written)
  expect(section).toEqual({
    hosts: [
      ...decoded.capture.hosts!,
      "acme.freshdesk.com=freshdesk@acme.freshdesk.com",
      "127.0.0.1:4010=acme@127.0.0.1:4010"
    ],
    integration: decoded.capture.integration,
    keepBodies: decoded.capture.keepBodies,
    providers: decoded.providers
  })
})

it.each([null, [], "x", { capture: [], sources: 5, providers: {} }, { capture: { hosts: [1], integration: "" } }])(
  "leaves out what is of another type: %j",
  (json) => {
    expect(captureSectionOf(json)).toEqual({ hosts: [], integration: null, keepBodies: false, providers: [] })
  }
)
