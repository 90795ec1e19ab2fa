/**
 * Upper bound of the delay until a write is readable, in milliseconds [assumed]. Simulated accounts and the replay's
 * model draw below it; how long a reader waits to be sure is the policy's (policy/Defaults.ts).
 */
export const longestReadLagMs = 800
