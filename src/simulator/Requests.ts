/** Takes each HTTP request to the OAuth server, the control plane, or the product whose path it has. */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { EpochMillis } from "../domain/Time.js"
import type { ApiAnswer } from "./Api.js"
import type { HoldCall } from "./Latency.js"
import type { OAuthServer } from "./OAuthServer.js"
import type { SimulatedProduct } from "./Product.js"

export interface RequestHandlerOptions {
  readonly products: ReadonlyArray<SimulatedProduct>
  readonly oauth: OAuthServer
  readonly control: (method: string, path: string, body: unknown) => ApiAnswer
  readonly now: () => EpochMillis
  /** `null` where calls take real time. */
  readonly hold: HoldCall | null
}

const invalidJson: ApiAnswer = {
  status: 400,
  body: { code: "invalid_json", message: "Request body has invalid json format" }
}

export const requestHandler = ({ control, hold, now, oauth, products }: RequestHandlerOptions) => {
  const respond = (response: ServerResponse, answer: ApiAnswer): void => {
    const body = answer.body === undefined ? "" : JSON.stringify(answer.body)
    response.writeHead(answer.status, {
      ...(body === "" ? {} : { "content-type": "application/json; charset=utf-8" }),
      ...(answer.status === 204 ? {} : { "content-length": Buffer.byteLength(body) }),
      date: new Date(now()).toUTCString(),
      ...answer.headers
    })
    response.end(body)
  }

  return (request: IncomingMessage, response: ServerResponse, raw: Buffer): void => {
    const url = new URL(request.url ?? "/", `http://${request.headers.host ?? "localhost"}`)
    const method = request.method ?? "GET"
    const { authorization } = request.headers
    const place = placeOf(products, url.pathname)
    const text = raw.toString("utf8")
    const granted = oauth.answer(method, place?.path ?? url.pathname, url.searchParams, text, authorization ?? "")
    if (granted !== null) return respond(response, granted)
    let body: unknown
    try {
      body = raw.length === 0 ? undefined : JSON.parse(text)
    } catch {
      return respond(response, invalidJson)
    }
    if (url.pathname.startsWith("/_sim/")) return respond(response, control(method, url.pathname, body))
    if (place === null) {
      const fronts = products.map(({ provider }) => `/${provider.product}`).join(", ")
      return respond(response, { status: 404, body: { message: `put the product in front of the path: ${fronts}` } })
    }
    const work = (): ApiAnswer =>
      place.product.handle({
        method,
        path: place.path,
        query: url.searchParams,
        body,
        authorization,
        origin: url.origin + place.front
      })
    if (hold === null) return respond(response, work())
    hold(`${method} ${url.pathname}${url.search} ${authorization ?? ""}`, response, work, (answer) =>
      respond(response, answer)
    )
  }
}

/** The product that a path is for, and the rest of the path; a single product is served at the root as well. */
const placeOf = (
  products: ReadonlyArray<SimulatedProduct>,
  pathname: string
): { readonly product: SimulatedProduct; readonly path: string; readonly front: string } | null => {
  for (const product of products) {
    const front = `/${product.provider.product}`
    if (pathname.startsWith(`${front}/`)) return { product, path: pathname.slice(front.length), front }
  }
  return products.length === 1 ? { product: products[0]!, path: pathname, front: "" } : null
}
