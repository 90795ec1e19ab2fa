/**
 * The requests that a thread repeats, each with its last two response bodies. A poll mostly sends the same request
 * and gets the same bytes: then neither its words nor its body travel to the recorder's thread. The comparison is
 * exact, and costs a tenth of a checksum (47 KB: 1.1 µs against 11.4 µs for CRC-32).
 */
import { rememberedRequests } from "../spool/ObservationCodec.js"
import { CachedBody } from "./CachedBody.js"
import { CopyBudget } from "./CopyBudget.js"

/** For all bodies together, those included that calls under way still compare with. */
const budgetBytes = 8 * 1024 * 1024
/** A larger body is not cached. */
const largestBytes = 1024 * 1024
/** Buffers kept for reuse: allocating one for every changed body costs more than all other work on it. */
const spareBytes = 2 * 1024 * 1024
const mostRequests = rememberedRequests / 10

const none: ReadonlyArray<CachedBody> = []

export class CachedRequest {
  /** The recorder's thread knows the words of this request by its number. */
  known = false
  /** The last body and the one before: overlapping calls bring the old and the new body in turn. */
  bodies: ReadonlyArray<CachedBody> = none
  constructor(
    readonly id: number,
    readonly key: string
  ) {}
}

export class RequestCache {
  /** Bounds the copies of bodies that are not cached yet. */
  readonly copies = new CopyBudget()
  private readonly entries = new Map<string, CachedRequest>()
  private spares: Array<CachedBody> = []
  private spare = 0
  private held = 0

  constructor(private readonly nextId: () => number) {}

  of(method: string, url: string, authorization: string | null, userAgent: string | null): CachedRequest {
    const key = `${method} ${url} ${authorization} ${userAgent}`
    const cached = this.entries.get(key)
    if (cached !== undefined) return cached
    const request = new CachedRequest(this.nextId(), key)
    this.entries.set(key, request)
    if (this.entries.size > mostRequests) this.evictOldest(request)
    return request
  }

  /** An empty body to fill, with a spare buffer where there is one. */
  emptyBody(expectedBytes: number): CachedBody {
    const spare = this.spares.pop()
    if (spare === undefined) return new CachedBody(expectedBytes)
    this.spare -= spare.buffer.byteLength
    return new CachedBody(expectedBytes, spare.buffer)
  }

  add(request: CachedRequest, body: CachedBody): void {
    if (body.buffer.byteLength > largestBytes || this.entries.get(request.key) !== request) return
    // An evicted body may come again while another call compares with it: its bytes are still counted.
    if (body.retired) body.retired = false
    else this.held += body.buffer.byteLength
    const [last, before] = request.bodies
    request.bodies = last === undefined ? [body] : [body, last]
    if (before !== undefined) this.retire(before)
    // The request that changed last is evicted last.
    this.entries.delete(request.key)
    this.entries.set(request.key, request)
    while (this.held > budgetBytes && this.evictOldest(request));
    if (this.held > budgetBytes) this.evictBodies(request)
  }

  /** A call under way no longer compares with these bodies. */
  release(bodies: ReadonlyArray<CachedBody>): void {
    for (const body of bodies) {
      body.users -= 1
      if (body.users > 0 || !body.retired) continue
      // Its buffer is not a spare: the call that ends now may add this body again.
      body.retired = false
      this.held -= body.buffer.byteLength
    }
  }

  clear(): void {
    for (const request of this.entries.values()) {
      // Its words have to travel again.
      request.known = false
      this.evictBodies(request)
    }
    this.entries.clear()
    this.spares = []
    this.spare = 0
  }

  /** A body that calls under way compare with stays in memory until they end, and counts until then. */
  private retire(body: CachedBody): void {
    if (body.users > 0) {
      body.retired = true
      return
    }
    const { buffer } = body
    this.held -= buffer.byteLength
    if (this.spare + buffer.byteLength > spareBytes) return
    this.spare += buffer.byteLength
    this.spares.push(new CachedBody(0, buffer))
  }

  private evictBodies(request: CachedRequest): void {
    for (const body of request.bodies) this.retire(body)
    request.bodies = none
  }

  private evictOldest(except: CachedRequest): boolean {
    for (const [key, request] of this.entries) {
      if (request === except) continue
      this.entries.delete(key)
      this.evictBodies(request)
      return true
    }
    return false
  }
}
