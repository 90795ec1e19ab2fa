/** The mirror's lines for operators. */
export type Log = (
  level: "info" | "warning" | "error",
  message: string,
  about: Readonly<Record<string, string>>
) => void
