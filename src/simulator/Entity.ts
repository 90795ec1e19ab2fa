/** Entities as the simulated API shows them: any fields, an id and two stamps. */
export type EntityName = "ticket" | "contact" | "company" | "agent" | "conversation" | "group"
export type Entity = Record<string, unknown> & { id: number; created_at: string; updated_at: string }
