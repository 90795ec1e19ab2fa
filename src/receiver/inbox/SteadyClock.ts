/** Milliseconds on a clock that never jumps, the same in all threads of a process. */
export const steadyNow = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000
