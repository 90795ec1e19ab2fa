import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Real processes, sockets and disks: two files at a time are what two cores carry.
    pool: "forks",
    poolOptions: { forks: { maxForks: 2 } },
    reporters: ["default"]
  }
})
