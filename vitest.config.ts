import { defineConfig } from "vitest/config"
import type { TestModule } from "vitest/node"

/** Ends the output with one plain line: `156 passed, 0 failed, 1 skipped`. */
const tally = {
  onTestRunEnd(modules: ReadonlyArray<TestModule>) {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 }
    for (const module of modules) for (const test of module.children.allTests()) counts[test.result().state] += 1
    console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  }
}

/** Plain computations: their files share the modules that they load. The others start processes or patch what all share. */
const plain = [
  "accuracy",
  "analysis",
  "diff",
  "domain",
  "gates",
  "interchange",
  "policy",
  "providers",
  "reconciliation",
  "shadow",
  "simulator",
  "subscriptions"
].map((folder) => `test/${folder}/**/*.test.ts`)

export default defineConfig({
  test: {
    testTimeout: 400_000,
    hookTimeout: 400_000,
    maxConcurrency: 3,
    // Real processes, sockets and disks: two files at a time are what two cores carry.
    pool: "forks",
    poolOptions: { forks: { maxForks: 2 } },
    reporters: ["default", tally],
    projects: [
      { extends: true, test: { name: "apart", include: ["test/**/*.test.ts"], exclude: plain } },
      {
        extends: true,
        test: { name: "plain", include: plain, poolOptions: { forks: { isolate: false, maxForks: 2 } } }
      }
    ]
  }
})
