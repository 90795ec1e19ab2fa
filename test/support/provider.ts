/** A simulated account on loopback for one test. */
import { onTestFinished } from "vitest"
import { type Simulator, type SimulatorOptions, startSimulator } from "../../src/simulator/index.js"

export const simulatedProvider = async (options: SimulatorOptions = {}): Promise<Simulator> => {
  const simulator = await startSimulator({ changesPerHour: 0, plan: "forest", readLagMs: 0, ...options })
  onTestFinished(() => simulator.close())
  return simulator
}

export const basic = (key: string): { authorization: string } => ({
  authorization: `Basic ${Buffer.from(`${key}:X`).toString("base64")}`
})

export const hostOf = (simulator: Simulator): string => `${new URL(simulator.url).host}=freshdesk@acme.freshdesk.com`
