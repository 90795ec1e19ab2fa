/** What a simulated endpoint answers, before it is written to the socket. */
export interface ApiAnswer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}
