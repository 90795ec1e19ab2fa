/** Secrets in the command that starts an integration, which is written down. */
import { describe, expect, it } from "vitest"
import { secretIn, startCommandOf, startText } from "../../src/cli/StartCommand.js"

const seen = (command: string, ...args: ReadonlyArray<string>) => secretIn({ command, args })

describe("a secret in a start command", () => {
  it.each([
    [["node", "poller.js", "--api-key=s3cr3t$val"], "api-key"],
    [["node", "poller.js", "--token", "abc def"], "token"],
    [["node", "poller.js", "-password", "x"], "password"],
    [["sh", "-c", "FRESHDESK_API_KEY=s3cr3t node poller.js"], "FRESHDESK_API_KEY"],
    [["bash", "-c", "cd app; export TOKEN='abc' && node ."], "TOKEN"],
    [["sh", "-c", 'node poller.js --token "abc def"'], "token"],
    [["node", "poller.js", "https://s3cr3t:X@acme.freshdesk.com"], "the user of a URL"],
    [["curl", "-H", "Authorization: Basic czNjcjN0"], "Authorization"],
    [["curl", "-u", "key:X", "https://acme.freshdesk.com"], "--user"],
    [["sh", "-c", "curl --user=key:X https://acme.freshdesk.com"], "user"]
  ] as const)("%j is told by its name", (words, name) => {
    const [command, ...args] = words
    expect(seen(command, ...args)).toBe(name)
    // As it is typed, quoted where it has to be.
    const again = startCommandOf(startText({ command, args }))
    if (typeof again !== "string") expect(secretIn(again)).toBe(name)
  })
  it.each([
    [["node", "poller.js"]],
    [["npm", "run", "poll", "--", "--every", "60"]],
    [["node", "poller.js", "--api-key-env", "FRESHDESK_API_KEY", "--token-file=/run/secrets/t"]],
    [["node", "poller.js", "--url=https://acme.freshdesk.com"]],
    [["sh", "-c", "NODE_ENV=production node poller.js > log.txt"]],
    [["node", "poller.js", "--token"]]
  ])("%j has none", (words) => {
    const [command, ...args] = words
    expect(seen(command!, ...args)).toBe(null)
  })
})
