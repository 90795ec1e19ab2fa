/** The name of an account in recordings, settings and reports: its host, and its path where one host has several. */

/** Paths that belong to the APIs, not to an account. */
const apiPath = /\/(?:api\/v2|crm\/sales\/api|api|v2)\/?$/

/** Whether a stranger's text can be an account: a host, with a port and a path at the most. */
export const isAccount = (text: string): boolean =>
  /^[^/?#@\\\s]*[^/?#@\\\s:](?:\/[^?#\\\s]*)?$/.test(text) && URL.canParse(`https://${text}`)

/** The account behind a base URL: `acme.freshdesk.com`, `127.0.0.1:4010/freshchat`. */
export const accountOf = (baseUrl: string): string => {
  const url = new URL(baseUrl)
  const path = url.pathname.replace(apiPath, "").replace(/\/$/, "")
  return url.host.toLowerCase() + path
}
