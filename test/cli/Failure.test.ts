/** The exit code and the sentence of every kind of fault, without a process. */
import { Cause, Data } from "effect"
import { describe, expect, it } from "vitest"
import { AddressUnavailable, describeFailure, GateFailed, UsageError } from "../../src/cli/Failure.js"
import { ProviderError } from "../../src/providers/ProviderError.js"
import { StoreError } from "../../src/store/StoreError.js"
import { StoreUnavailable } from "../../src/store/service.js"

const shown = (error: unknown) => describeFailure(Cause.fail(error))
const provider = (reason: "unreachable" | "throttled" | "unauthorized") =>
  new ProviderError({ product: "freshdesk", reason, message: "m", status: null })

describe("the exit code", () => {
  it.each([
    [1, "a failed gate", new GateFailed({ message: "m" })],
    [2, "bad usage", new UsageError({ message: "m" })],
    [2, "a database that is not there", new StoreError("missing", "m")],
    [3, "a database that another process has locked", new StoreError("locked", "m")],
    [3, "a full disk", new StoreUnavailable({ reason: "full", message: "m" })],
    [3, "an address in use", new AddressUnavailable({ message: "m" })],
    [3, "a provider that does not answer", provider("unreachable")],
    [3, "a provider that throttles", provider("throttled")],
    [2, "a refused key", provider("unauthorized")]
  ])("is %d for %s", (code, _, error) => {
    expect(shown(error)).toEqual({ code, message: "m" })
  })
  it("is that of bad input where a reason is a name that every object inherits", () => {
    expect(shown(new StoreUnavailable({ reason: "constructor", message: "m" })).code).toBe(2)
  })
})

describe("the sentence", () => {
  it("stays one line, however long the words of a file are", () => {
    const { message } = shown(new UsageError({ message: `${"x".repeat(5_000)}\nis not valid` }))
    expect(message.length).toBeLessThan(200)
    expect(message).not.toContain("\n")
  })
  it("asks for a report where the fault is hookshift's own", () => {
    expect(describeFailure(Cause.die(new TypeError("boom")))).toEqual({
      code: 3,
      message: "something went wrong inside hookshift (boom): run again with --debug and report it"
    })
  })
  it("names the path that the file system refused", () => {
    class SystemError extends Data.TaggedError("SystemError")<{
      module: string
      message: string
      pathOrDescriptor: string
    }> {}
    const error = new SystemError({ module: "FileSystem", message: "EACCES: denied", pathOrDescriptor: "/x/y" })
    expect(shown(error)).toEqual({
      code: 2,
      message: "/x/y cannot be used (EACCES): check the path and its permissions"
    })
  })
})
