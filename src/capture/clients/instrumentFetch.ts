/**
 * `instrumentFetch(fetch, recorder)`: a fetch whose calls are recorded. The program gets the very response that
 * `fetch` made, with the same identity, bytes and errors; its body is observed as the program reads it.
 */
import type { CallObserver, Recorder } from "../recorder/Recorder.js"

type Fetch = typeof globalThis.fetch

export const instrumentFetch =
  (fetch: Fetch, recorder: Recorder): Fetch =>
  async (input, init) => {
    const observer = observe(recorder, input, init)
    if (observer === null) return fetch(input, init)
    let response: Response
    try {
      response = await fetch(input, init)
    } catch (error) {
      observer.fail(error)
      throw error
    }
    observer.headers(response.status, (name) => response.headers.get(name))
    if (response.body === null) observer.end()
    else observeBody(response, observer)
    return response
  }

const observe = (
  recorder: Recorder,
  input: Parameters<Fetch>[0],
  init: RequestInit | undefined
): CallObserver | null => {
  const request = input instanceof Request ? input : null
  const url = request?.url ?? String(input)
  const header = (name: string): string | null => {
    if (init?.headers !== undefined) return new Headers(init.headers).get(name)
    return request?.headers.get(name) ?? null
  }
  const body = init?.body
  return recorder.begin({
    method: (init?.method ?? request?.method ?? "GET").toUpperCase(),
    url,
    authorization: header("authorization"),
    userAgent: header("user-agent"),
    requestBytes: body === undefined || body === null ? 0 : typeof body === "string" ? Buffer.byteLength(body) : null
  })
}

const wholeBody = ["arrayBuffer", "blob", "bytes", "formData", "json", "text"] as const

/**
 * Shadows the body's readers on this response. A read of the whole body goes through the real `arrayBuffer` and
 * fetch's own conversion; a stream passes each chunk on when the program pulls it, and not before.
 */
const observeBody = (response: Response, observer: CallObserver): void => {
  const shadow = (name: string, value: PropertyDescriptor) =>
    Object.defineProperty(response, name, { configurable: true, ...value })
  const readWhole = async (): Promise<ArrayBuffer> => {
    try {
      const bytes = await Response.prototype.arrayBuffer.call(response)
      observer.chunk(new Uint8Array(bytes))
      observer.end()
      return bytes
    } catch (error) {
      observer.fail(error)
      throw error
    }
  }
  for (const name of wholeBody) {
    const real = Response.prototype[name as "text"] as (() => Promise<unknown>) | undefined
    if (real === undefined) continue
    shadow(name, {
      writable: true,
      value: async () => {
        if (streamed !== null || response.bodyUsed) return real.call(streamed === null ? response : rebuilt())
        const bytes = await readWhole()
        return name === "arrayBuffer"
          ? bytes
          : (real.call(new Response(bytes, { headers: response.headers })) as Promise<unknown>)
      }
    })
  }
  let streamed: ReadableStream<Uint8Array> | null = null
  const rebuilt = () => new Response(streamed, { headers: response.headers })
  const realBody = Object.getOwnPropertyDescriptor(Response.prototype, "body")!
    .get as () => ReadableStream<Uint8Array> | null
  shadow("body", {
    get: () => {
      const body = realBody.call(response)
      if (body === null || (streamed === null && response.bodyUsed)) return body
      streamed ??= passThrough(body, observer)
      return streamed
    }
  })
  const realClone = Response.prototype.clone
  shadow("clone", {
    writable: true,
    value: () => (streamed === null ? realClone.call(response) : realClone.call(rebuilt()))
  })
}

const passThrough = (body: ReadableStream<Uint8Array>, observer: CallObserver): ReadableStream<Uint8Array> => {
  const reader = body.getReader()
  return new ReadableStream<Uint8Array>(
    {
      type: "bytes" as never,
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (done) {
            observer.end()
            controller.close()
            // A pending read into the program's own buffer has to be answered, with no bytes.
            ;(controller as unknown as ReadableByteStreamController).byobRequest?.respond(0)
            return
          }
          // A byte stream transfers the chunk to the program, so the observer gets a copy.
          observer.chunk(value.slice())
          controller.enqueue(value)
        } catch (error) {
          observer.fail(error)
          controller.error(error)
        }
      },
      async cancel(reason) {
        observer.fail(reason ?? { name: "Cancelled" })
        await reader.cancel(reason)
      }
    },
    { highWaterMark: 0 }
  )
}
