/** Signed bodies that are made to break their reader; each has an entity or a text of its own, by its number. */
import { deliveryBody } from "./deliveries.js"

/** Ids of poisoned entities, apart from those of sound ones. */
export const poisonId = (n: number): number => 1_000_000 + n

const stamps = [-9e15, 9e15, 1e300, 2 ** 48, 1.5, -1e-7, -0, Number.MAX_SAFE_INTEGER]

/** Each returns JSON or bytes that are none. */
const shapes: ReadonlyArray<(n: number) => string | Uint8Array> = [
  ...stamps.map(
    (timestamp) => (n: number) =>
      JSON.stringify({ event: "onTicketUpdate", timestamp, data: { ticket: { id: poisonId(n), subject: `s ${n}` } } })
  ),
  (n) => `{"event":"onTicketUpdate","timestamp":1e999,"data":{"ticket":{"id":${poisonId(n)}}}}`,
  (n) => deliveryBody({ id: poisonId(n), updated_at: "+275760-09-13T00:00:00Z" }),
  (n) => deliveryBody({ id: poisonId(n), snapshot: { id: poisonId(n), toString: 1, valueOf: null } }),
  (n) =>
    deliveryBody({ id: poisonId(n) }).replace('"snapshot":{', '"snapshot":{"__proto__":{"id":1},"constructor":{},'),
  (n) => deliveryBody({ id: `${poisonId(n)}\0x` }),
  (n) => deliveryBody({ id: `${poisonId(n)}\ud800` }),
  (n) => deliveryBody({ id: poisonId(n), event: "toString", entity: "constructor" }),
  (n) => JSON.stringify({ event: { toString: n }, entity: [], id: { valueOf: 1 }, snapshot: "x" }),
  (n) => JSON.stringify({ action: "constructor", data: { n } }),
  (n) => `${'{"a":'.repeat(150)}${n}${"}".repeat(150)}`,
  (n) => `[${n}]`,
  (n) => `{"broken":${n}`,
  (n) => Buffer.concat([Buffer.from([0xff, 0xfe, 0x00, 0xd8]), Buffer.from(String(n))])
]

export const poisonBody = (n: number): Buffer => Buffer.from(shapes[n % shapes.length]!(n))
