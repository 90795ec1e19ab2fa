/** An address to listen on, as options and settings have it. Pure. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** `127.0.0.1:8787`, `:8787` or `8787`; loopback unless a host is named. `null` for any other text. */
export const listenAddress = (text: string): ListenAddress | null => {
  const match = /^(?:(\[[0-9a-f:]+\]|[^:]*):)?(\d{1,5})$/i.exec(text)
  const port = Number(match?.[2])
  if (match === null || port > 65_535) return null
  return { host: (match[1] ?? "").replace(/^\[|\]$/g, "") || "127.0.0.1", port }
}
