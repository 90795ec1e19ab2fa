/** A configured source that nothing answers for, with secrets that must show nowhere. */
export const source = {
  product: "freshdesk",
  baseUrl: "http://127.0.0.1:1",
  auth: { secretEnv: "FD_KEY" },
  webhook: { secretEnv: "FD_SECRET" }
}
export const env = { FD_KEY: "canary-api-key", FD_SECRET: "canary-webhook-secret" }
