/** Columns that grow: the machines keep what they know in typed arrays, and double them when they are full. */

type Column = Float64Array | Int32Array | Uint8Array | Uint16Array

/** The wider column with the narrower one's values in front. */
export const widened = <A extends Column>(into: A, from: A): A => {
  into.set(from)
  return into
}
