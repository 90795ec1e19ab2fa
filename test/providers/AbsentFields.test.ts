/** A field that an answer lacks is not there once it is decoded: undefined would pass for a field that is new. */
import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import { entitySchema } from "../../src/providers/EntitySchemas.js"
import { allProviders } from "../../src/providers/index.js"

describe("an entity that tells its id only", () => {
  for (const provider of allProviders())
    for (const { idField, name } of Object.values(provider.entities))
      it(`has nothing else: ${name} of ${provider.product}`, () => {
        const decode = Schema.decodeUnknownEither(entitySchema(provider, name))
        const decoded = [7, "7"].map((id) => decode({ [idField]: id })).find(({ _tag }) => _tag === "Right")
        if (decoded?._tag === "Right") expect(Object.keys(decoded.right)).toEqual([idField])
      })
})
