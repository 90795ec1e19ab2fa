// Preloaded: says at the end how much memory the process had at most, as the operating system counts it.
process.on("exit", () => process.stderr.write(`peak ${Math.round(process.resourceUsage().maxRSS / 1_024)}\n`))
