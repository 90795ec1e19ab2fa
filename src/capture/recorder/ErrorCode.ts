/** An error as a recording keeps it: its code or its class, never its message, and no name that a program made up. */
export const errorCode = (error: unknown): string => {
  const { cause, code, name } = (typeof error === "object" && error !== null ? error : {}) as {
    cause?: { code?: unknown }
    code?: unknown
    name?: unknown
  }
  const text = String(cause?.code ?? code ?? name ?? "Error")
  return /^(?:[A-Z][A-Z0-9]{2,24}(?:_[A-Z0-9]{1,24}){0,6}|[A-Z][A-Za-z]{0,30}Error|Aborted|Cancelled|Interrupted)$/.test(
    text
  )
    ? text
    : "Error"
}
