/**
 * Marks the agents of a forwarder, which records its calls: a recorded program that has one mounted in its server would
 * record them twice. The preload is a bundle of its own, so the mark is the process's.
 */
const mark = Symbol.for("hookshift.forwarder")

export const markAgent = (agent: object): void => void Object.defineProperty(agent, mark, { value: true })

export const isForwarders = (agent: unknown): boolean => typeof agent === "object" && agent !== null && mark in agent
