/** Waits for a condition, turn by turn of the event loop; the deadline is for a test that would else hang. */
export const until = async (
  holds: () => boolean | Promise<boolean>,
  what: string = String(holds),
  deadlineMs = 100_000
): Promise<void> => {
  const end = performance.now() + deadlineMs
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited ${deadlineMs / 1_000} s in vain until ${what}`)
    // Processes of the test's own need the processor more than this loop does.
    await new Promise((next) => setTimeout(next, 5))
  }
}
