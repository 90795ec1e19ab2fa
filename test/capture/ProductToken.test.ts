/**
 * The program behind a proxied call is named by its User-Agent's product token, unless that could be somebody's key.
 */
import { describe, expect, it } from "vitest"
import { productToken } from "../../src/capture/writer/CallStreams.js"

describe("a User-Agent", () => {
  it.each([
    ["crm-sync/2.1 (linux)", "crm-sync"],
    ["python-requests/2.32.3", "python-requests"],
    ["sales_account-newest-2/1.0 (python)", "sales_account-newest-2"],
    ["helpdesk.warehouse.export-v12/3", "helpdesk.warehouse.export-v12"],
    ["Mozilla/5.0 (X11; Linux x86_64)", "Mozilla"]
  ])("%s names the program %s", (userAgent, name) => {
    expect(productToken(userAgent)).toBe(name)
  })

  it.each([
    "9f86d081884c7d659a2feaa0c55ad015",
    "sk_live_51H8xTq2eZvKYlo2C",
    "a1b2c3-d4e5f6-a7b8c9-d1e2f3-4",
    "/1.0",
    ""
  ])("%s names nobody", (userAgent) => {
    expect(productToken(userAgent)).toBe("unknown")
  })
})
