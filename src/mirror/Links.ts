/**
 * Whose address links in answers have. A program that names the mirror as its base URL gets the mirror's; behind the
 * preload it asks the provider's address, and gets that: it follows the links as it sent the request.
 */
import type { IncomingMessage } from "node:http"
import { originHeader, type Target, type WholeAnswer } from "../capture/index.js"
import type { ListRule } from "../providers/index.js"
import type { ListQuestion } from "./Question.js"

export type Links = "mirror" | "provider"

/** `null` where the request is meant for a provider that is not asked here. */
export const linksFor = ({ headers }: Pick<IncomingMessage, "headers">, { upstream }: Target): Links | null => {
  const meant = headers[originHeader]
  if (meant === undefined) return "mirror"
  return meant === upstream.url.origin ? "provider" : null
}

/** Neither state nor provider is asked: the credential belongs to another account. */
export const misdirected = ({ upstream }: Target): WholeAnswer => ({
  status: 421,
  headers: { "content-type": "application/json", "cache-control": "no-store", "x-cache": "BYPASS" },
  body: Buffer.from(
    `${JSON.stringify({ error: "misdirected_request", message: `hookshift mirror: this is the mirror of ${upstream.url.origin}, and the request is for another host` })}\n`
  )
})

/** The API's address at the mirror and at the provider, in front of the paths of the catalogue. */
export const apiBases = (
  mirrorOrigin: string,
  { upstream }: Target
): { readonly mirror: string; readonly provider: string } => ({
  mirror: `${mirrorOrigin}${upstream.path ?? ""}`,
  provider: `${upstream.url.origin}${upstream.url.pathname.replace(/\/$/, "")}`
})

/** The path of such an address. */
export const pathOf = (base: string): string => new URL(`${base}/`).pathname.replace(/\/$/, "")

/** Another page of a list. */
export const pageAddress = (
  base: string,
  { path, query, rule }: Pick<ListQuestion, "path" | "query"> & { readonly rule: Pick<ListRule, "pageParameter"> },
  page: number
): string => {
  const other = new URLSearchParams(query)
  other.set(rule.pageParameter, String(page))
  return `${base}${path}?${other}`
}

/** The next page, at the address that the program asks. */
export const nextLink = (base: string, question: ListQuestion, page: number): string =>
  `<${pageAddress(base, question, page)}>; rel="next"`
