/** Configuration and secrets as editors, shells and secret managers write them. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Redacted } from "effect"
import { describe, expect, it, onTestFinished } from "vitest"
import { loadConfig, readSecret, reconcileSettings, sourcesOf } from "../../src/config/service.js"
import { authorizationHeader } from "../../src/providers/Authentication.js"
import { temporaryFolder } from "../support/files.js"

const file = (content: string | Buffer): string => {
  const path = join(temporaryFolder(), "f")
  writeFileSync(path, content)
  return path
}

describe("a secret", () => {
  const read = (setting: Parameters<typeof readSecret>[0]) =>
    Effect.runSync(Effect.map(readSecret(setting, "the secret"), Redacted.value))
  it("ends without the newline of its file or variable, and begins without a mark", () => {
    process.env["CONFIG_TEST_SECRET"] = " s e c \r\n"
    onTestFinished(() => void delete process.env["CONFIG_TEST_SECRET"])
    expect(read({ secretEnv: "CONFIG_TEST_SECRET" })).toBe("s e c")
    for (const content of ["s e c\n", "\ufeffs e c\r\n", Buffer.from("\ufeffs e c\r\n", "utf16le")])
      expect(read({ secretFile: file(content) })).toBe("s e c")
  })
  it("of a variable named as something that every object inherits is none", () => {
    for (const secretEnv of ["__proto__", "constructor", "toString"])
      expect(() => read({ secretEnv })).toThrow(`the variable ${secretEnv}, which is not set`)
  })

  it("of white space is none", () => {
    process.env["CONFIG_TEST_SECRET"] = "\n"
    onTestFinished(() => void delete process.env["CONFIG_TEST_SECRET"])
    expect(() => read({ secretEnv: "CONFIG_TEST_SECRET" })).toThrow("is empty: put the secret into it")
    process.env["CONFIG_TEST_SECRET"] = " \u00A0\u200B\u2060\t"
    expect(() => read({ secretEnv: "CONFIG_TEST_SECRET" })).toThrow("is empty")
    expect(() => read({ secretFile: file("\u200B\n") })).toThrow("is empty")
    expect(() => read({ secretFile: file(" \n") })).toThrow("is empty")
  })
  it("goes into a header without its newline", () => {
    const header = (scheme: "basic" | "bearer") => authorizationHeader({ scheme, secret: Redacted.make("key\n") })
    expect([header("bearer"), header("basic")]).toEqual([
      "Bearer key",
      `Basic ${Buffer.from("key:X").toString("base64")}`
    ])
  })
})

describe("a configuration with a list or text where settings belong", () => {
  it.each([
    [{ sources: { fd: { product: "freshdesk", baseUrl: "https://a.b", auth: {}, reconcile: ["1h"] } } }],
    [{ receiver: 5 }],
    [{ providers: {} }],
    [[]],
    ["x"]
  ])("is refused in words: %j", (settings) => {
    const { message } = Effect.runSync(Effect.flip(loadConfig(file(JSON.stringify(settings)))))
    expect(message).toMatch(/: (?:the file|[a-z.]+) is not valid: expected (?:an object of settings|a list)$/)
  })
})

describe("a setting that may not be empty", () => {
  it.each([["wholePages"], ["sampledPrincipals"]])("says so: %s", (name) => {
    const { message } = Effect.runSync(Effect.flip(loadConfig(file(JSON.stringify({ mirror: { [name]: [""] } })))))
    expect(message).toContain(`: mirror.${name}.0 is not valid: expected a text that is not empty`)
  })
})

describe("a setting that holds a URL", () => {
  const desk = { product: "freshdesk", baseUrl: "https://a.freshdesk.com", auth: {} }
  const said = (settings: unknown) => Effect.runSync(Effect.flip(loadConfig(file(JSON.stringify(settings))))).message
  it.each([
    ["sources.desk.baseUrl", { sources: { desk: { ...desk, baseUrl: "nourl" } } }],
    ["sources.desk.webhook.installUrl", { sources: { desk: { ...desk, webhook: { installUrl: "nourl" } } } }],
    ["sources.desk.webhook.0.installUrl", { sources: { desk: { ...desk, webhook: [{ installUrl: "nourl" }] } } }],
    ["sources.desk.auth.authorizationUrl", { sources: { desk: { ...desk, auth: { authorizationUrl: "nourl" } } } }],
    ["sources.desk.auth.tokenUrl", { sources: { desk: { ...desk, auth: { tokenUrl: "nourl" } } } }],
    ["sources.desk.auth.redirectUrl", { sources: { desk: { ...desk, auth: { redirectUrl: "nourl" } } } }],
    ["receiver.publicUrl", { receiver: { publicUrl: "ftp://hooks.example" } }],
    ["receiver.forward", { receiver: { forward: "127.0.0.1:3000" } }],
    ["mirror.publicUrl", { mirror: { publicUrl: "nourl" } }],
    ["proxy.upstreams.0.url", { proxy: { upstreams: [{ url: "nourl" }] } }]
  ])("is named where it holds none, or credentials: %s", (setting, settings) => {
    const problem = `: ${setting} is not valid: expected an http or https URL`
    expect(said(settings)).toContain(`${problem}, such as`)
    for (const credentials of ["canary-user", "canary-user:canary-password", ":canary-password"]) {
      const text = JSON.stringify(settings).replace(
        /"(?:nourl|ftp:\/\/hooks\.example|127\.0\.0\.1:3000)"/,
        `"https://${credentials}@hooks.example/in"`
      )
      const message = said(JSON.parse(text))
      expect(message.slice(message.indexOf(problem))).toBe(`${problem} without credentials`)
      expect(message).not.toContain("canary")
    }
  })
})

it("a configuration may begin with a byte order mark, or be UTF-16, as PowerShell writes it", async () => {
  const text = JSON.stringify({ receiver: { listen: "127.0.0.1:9" } })
  for (const content of [`\ufeff${text}`, Buffer.from(`\ufeff${text}`, "utf16le"), text]) {
    const config = await Effect.runPromise(loadConfig(file(content)))
    expect(config.receiver?.listen).toBe("127.0.0.1:9")
  }
})

it("a configuration that names something __proto__ is refused, not read without it", () => {
  const text = '{"sources":{"__proto__":{"product":"freshdesk"},"fd":{"product":"freshdesk"}}}'
  const { message } = Effect.runSync(Effect.flip(loadConfig(file(text))))
  expect(message).toMatch(/ has the key __proto__, which can name nothing: choose another name$/)
})

describe("a configuration with comments", () => {
  const load = (text: string) => loadConfig(file(text))
  it("is read as if they and trailing commas were not there, and texts keep what looks like one", () => {
    const text = `// first
      { "capture": { /* hosts */ "hosts": ["a//b", "c/*d*/",], "start": "node app.js // no", }, // last
      }`
    expect(Effect.runSync(load(text)).capture).toEqual({ hosts: ["a//b", "c/*d*/"], start: "node app.js // no" })
  })
  it("has its mistakes where they are in the file", () => {
    const problemOf = (text: string) => Effect.runSync(Effect.flip(load(text))).message
    const missingComma = '{\n  // a comment\n  "receiver": {} "capture": {}\n}'
    expect(problemOf(missingComma)).toMatch(/is not valid JSON: position 34 \(line 3 column 18\)$/)
    expect(problemOf('{ "capture": x }')).toMatch(
      /is not valid JSON: a value in it is no JSON \(texts stand in double quotes\)$/
    )
    expect(problemOf('{ "capture": {')).toMatch(/is not valid JSON: its end is missing$|position 14/)
  })
})

describe("intervals of entity types", () => {
  const source = (reconcile: unknown) => {
    const fd = { product: "freshdesk", baseUrl: "https://a.freshdesk.com", auth: {}, reconcile }
    return Effect.flatMap(loadConfig(file(JSON.stringify({ sources: { fd } }))), sourcesOf)
  }
  const hourly = { every: "4h", busy: "780s", hours: "6-18" }
  it("may follow the hour of the day", () => {
    const [fd] = Effect.runSync(source({ contact: hourly, ticket: "15m", company: "off" }))
    expect(fd!.reconcileOwn).toEqual({
      contact: { every: 14_400_000, busy: 780_000, hours: "6-18" },
      ticket: 900_000,
      company: "off"
    })
    expect(reconcileSettings([fd!])["a.freshdesk.com"]!.own["contact"]).toEqual({
      every: 14_400,
      busy: 780,
      hours: "6-18"
    })
  })
  it.each([
    [
      { contact: { ...hourly, busy: "5h" } },
      "contact.busy is not valid: expected an interval shorter than that of the other hours"
    ],
    [
      { contact: { ...hourly, hours: "6-30" } },
      'contact.hours is not valid: expected hours of the UTC day, such as "6-18" or "6-12,14-18"'
    ],
    // The interval of the whole source is neither "off" nor by the hour.
    [{ every: "often" }, 'every is not valid: expected a duration (such as "4 seconds" or "4s")'],
    [{ every: "off" }, 'every is not valid: expected a duration (such as "4 seconds" or "4s")'],
    [{ every: "1ms" }, "every is not valid: expected a duration of a second or more"],
    [
      { contact: "often" },
      'contact is not valid: expected "off", a duration (such as "4 seconds" or "4s") or an object of settings'
    ],
    [{ contact: { every: "4h", hours: "6-18" } }, "contact.busy is missing: add it (docs/configuration.md)"],
    [{ contact: { ...hourly, hour: "6-18" } }, 'contact.hour is not a known setting: did you mean "hours"?'],
    [
      { conversation: hourly },
      "conversation has busy hours, but is read with the list of ticket: give ticket the hours, or it a plain interval"
    ]
  ])("are refused in one sentence: %j", (reconcile, sentence) => {
    const { message } = Effect.runSync(Effect.flip(source(reconcile)))
    expect(message.endsWith(`sources.fd.reconcile.${sentence}`), message).toBe(true)
  })
})
