/**
 * OpenTelemetry as an operator switches it on: the usual variables, a real collector's end, no secret or body in what
 * is sent.
 */
import { writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"
import { expect, it } from "vitest"
import { sampledShare, tracesUrl } from "../../src/cli/Tracing.js"
import { ended, runCli, startCli } from "../support/cli.js"
import { receiverConfig as config, deliveryBody, post, secret } from "../support/deliveries.js"
import { temporaryFolder } from "../support/files.js"
import { listeningAt } from "../support/listening.js"
import { until } from "../support/until.js"

interface Span {
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: ReadonlyArray<{ readonly key: string; readonly value: { readonly stringValue?: string } }>
}

const collecting = (onBody: (body: string, path: string, key: string | undefined) => void) => {
  const server = createServer((request, response) => {
    let body = ""
    request.on("data", (chunk) => {
      body += chunk
    })
    request.on("end", () => {
      onBody(body, request.url ?? "", request.headers["x-collector-key"] as string | undefined)
      response.end("{}")
    })
  })
  return listeningAt(server)
}

it("sends a span for each delivery and each hand-over where OTEL_EXPORTER_OTLP_ENDPOINT says", async () => {
  const sent: Array<{ body: string; path: string; key: string | undefined }> = []
  const collector = await collecting((body, path, key) => void sent.push({ body, path, key }))
  let handed = 0
  const target = await collecting(() => {
    handed += 1
  })
  const folder = temporaryFolder()
  writeFileSync(join(folder, "hookshift.config.json"), config)
  const { child, ready } = await startCli(
    ["receive", "--listen", "127.0.0.1:0", "--reconcile", "off", "--forward", `${target}/`],
    {
      cwd: folder,
      env: {
        FD_KEY: "canary-key",
        FD_SECRET: secret,
        OTEL_EXPORTER_OTLP_ENDPOINT: `${collector}/`,
        OTEL_EXPORTER_OTLP_HEADERS: "x-collector-key=a%20key",
        OTEL_SERVICE_NAME: "crm-receiver",
        OTEL_BSP_SCHEDULE_DELAY: "50"
      }
    }
  )
  for (let id = 1; id <= 3; id++)
    expect((await post(ready.url, deliveryBody({ id, snapshot: { id, subject: "canary-body" } }))).status).toBe(200)
  // On a busy machine the receiver could be stopped before it hands over; what is under way then is brought to its end.
  await until(() => handed === 3, "three events are handed over")
  child.kill("SIGTERM")
  expect(await ended(child)).toBe(0)
  expect(sent.length).toBeGreaterThan(0)
  expect(sent.every(({ key, path }) => path === "/v1/traces" && key === "a key")).toBe(true)
  const all = sent.map(({ body }) => JSON.parse(body).resourceSpans[0])
  expect(JSON.stringify(all[0].resource)).toContain("crm-receiver")
  const spans: ReadonlyArray<Span> = all.flatMap((one) => one.scopeSpans[0].spans)
  const named = (name: string) => spans.filter((span) => span.name === name)
  expect([named("hookshift.delivery").length, named("hookshift.hand_over").length]).toEqual([3, 3])
  for (const { endTimeUnixNano, startTimeUnixNano } of spans)
    expect(BigInt(endTimeUnixNano) >= BigInt(startTimeUnixNano)).toBe(true)
  expect(named("hookshift.delivery")[0]!.attributes).toContainEqual({
    key: "outcome",
    value: { stringValue: "stored" }
  })
  const everything = sent.map(({ body }) => body).join()
  expect(everything).not.toContain("canary")
  expect(everything).not.toContain(secret)
})

it("reads the usual variables, and says which one is wrong", async () => {
  expect(tracesUrl({})).toBeNull()
  expect(tracesUrl({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318/" })).toBe("http://c:4318/v1/traces")
  expect(tracesUrl({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c", OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://t/x" })).toBe(
    "http://t/x"
  )
  expect(tracesUrl({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c", OTEL_SDK_DISABLED: "true" })).toBeNull()
  expect(tracesUrl({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c", OTEL_TRACES_EXPORTER: "none" })).toBeNull()
  expect(sampledShare({})).toBe(1)
  expect(sampledShare({ OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.1" })).toBe(0.1)
  expect(sampledShare({ OTEL_TRACES_SAMPLER: "always_off" })).toBe(0)
  const folder = temporaryFolder()
  writeFileSync(join(folder, "hookshift.config.json"), config)
  const ran = await runCli(["receive"], {
    cwd: folder,
    env: { FD_KEY: "k", FD_SECRET: "s", OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:1", OTEL_TRACES_SAMPLER: "sometimes" }
  })
  expect(ran.code).toBe(2)
  expect(ran.stderr).toMatch(/^hookshift: OTEL_TRACES_SAMPLER "sometimes" .* choose among always_on/)
  const garbled = await runCli(["receive"], {
    cwd: folder,
    env: {
      FD_KEY: "k",
      FD_SECRET: "s",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:1",
      OTEL_EXPORTER_OTLP_HEADERS: "key=canary%zz"
    }
  })
  expect(garbled.code).toBe(2)
  expect(garbled.stderr).toMatch(/^hookshift: OTEL_EXPORTER_OTLP_HEADERS has a value that is not percent-encoded/)
  expect(garbled.stderr).not.toContain("canary")
})
