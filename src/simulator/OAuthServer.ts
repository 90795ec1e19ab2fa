/** A product's OAuth server: grants at once, checks PKCE, issues expiring tokens, takes each refresh token once. */
import { createHash } from "node:crypto"
import type { Timekeeper } from "../domain/Time.js"
import type { ApiAnswer } from "./Api.js"

export interface OAuthServer {
  /** `null` if the path is not an OAuth path. */
  readonly answer: (
    method: string,
    path: string,
    query: URLSearchParams,
    body: string,
    authorization: string
  ) => ApiAnswer | null
  /** `unknown` if this server did not issue the token. */
  readonly check: (token: string) => "valid" | "expired" | "unknown"
}

const lifetimeSeconds = 1_800

export const makeOAuthServer = (time: Timekeeper): OAuthServer => {
  let issued = 0
  const codes = new Map<string, { readonly challenge: string; readonly client: string; readonly redirect: string }>()
  const access = new Map<string, number>()
  const refresh = new Map<string, string>()

  const grant = (client: string): ApiAnswer => {
    issued += 1
    const [token, next] = [`sim-access-${issued}`, `sim-refresh-${issued}`]
    access.set(token, time.now() + lifetimeSeconds * 1000)
    refresh.set(next, client)
    return {
      status: 200,
      body: { access_token: token, refresh_token: next, token_type: "bearer", expires_in: lifetimeSeconds }
    }
  }
  const refused = (error: string): ApiAnswer => ({ status: 400, body: { error } })

  return {
    check: (token) => {
      const until = access.get(token)
      return until === undefined ? "unknown" : until > time.now() ? "valid" : "expired"
    },
    answer: (method, path, query, body, authorization) => {
      if (method === "GET" && path === "/org/oauth/v2/authorize") {
        const [client, redirect, challenge] = [
          query.get("client_id"),
          query.get("redirect_uri"),
          query.get("code_challenge")
        ]
        if (client === null || redirect === null || challenge === null || query.get("code_challenge_method") !== "S256")
          return refused("invalid_request")
        const code = `sim-code-${codes.size + 1}`
        codes.set(code, { challenge, client, redirect })
        const back = new URL(redirect)
        back.searchParams.set("code", code)
        const state = query.get("state")
        if (state !== null) back.searchParams.set("state", state)
        return { status: 302, headers: { location: back.href } }
      }
      if (method !== "POST" || path !== "/org/oauth/v2/token") return null
      const form = new URLSearchParams(body)
      const basic = /^Basic (.+)$/.exec(authorization)?.[1]
      const client =
        basic === undefined
          ? form.get("client_id")
          : decodeURIComponent(Buffer.from(basic, "base64").toString("utf8").split(":")[0] ?? "")
      if (client === null || client === "") return { status: 401, body: { error: "invalid_client" } }
      if (form.get("grant_type") === "authorization_code") {
        const code = form.get("code") ?? ""
        const known = codes.get(code)
        codes.delete(code)
        const challenge = createHash("sha256")
          .update(form.get("code_verifier") ?? "")
          .digest("base64url")
        return known === undefined ||
          known.client !== client ||
          known.challenge !== challenge ||
          known.redirect !== form.get("redirect_uri")
          ? refused("invalid_grant")
          : grant(client)
      }
      if (form.get("grant_type") === "refresh_token") {
        const token = form.get("refresh_token") ?? ""
        const owner = refresh.get(token)
        refresh.delete(token)
        return owner === client ? grant(client) : refused("invalid_grant")
      }
      return refused("unsupported_grant_type")
    }
  }
}
