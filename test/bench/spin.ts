import type { Contest, Sample } from './row.js'

/** Runs of a task between two looks at the clock. */
const BATCH = 64

/** A task that is done at once, or later. */
export type Task = () => unknown

/** How often a task can be done in a second, found out in about so many milliseconds. */
export async function spin (task: Task, slice: number): Promise<Sample> {
  const began = performance.now()
  let count = 0
  let now = began
  while (now - began < slice) {
    for (let index = 0; index < BATCH; index += 1) {
      const result = task()
      if (result instanceof Promise) await result
    }
    count += BATCH
    now = performance.now()
  }
  return { rate: count / (now - began) * 1000 }
}

/** A contest between two tasks in this process. */
export function spinContest (ours: Task, beside: Task, slice: number): Contest {
  return {
    ours: async () => await spin(ours, slice),
    beside: async () => await spin(beside, slice),
    close: async () => {}
  }
}
