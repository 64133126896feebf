/** Counts one more attempt of a run's stage, and gives the number so far. */
export function countAttempt (scratch: Record<string, unknown>): number {
  const before = typeof scratch.attempts === 'number' ? scratch.attempts : 0
  scratch.attempts = before + 1
  return before + 1
}
