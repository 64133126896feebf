import { pointer } from '../context/changes.js'
import { isPlainObject } from '../plain-object.js'
import type { RecordedOutcome } from './recorded-outcome.js'
import type { RecordedDecision } from './run-recording.js'

/** The first thing that went another way than it was recorded. */
export interface Difference {
  /** The request at which it showed, from 1. */
  readonly step: number
  readonly what: 'verdict' | 'decision' | 'frame' | 'challenge'
  /** The name of the stage that it is about; null where it is about the flow. */
  readonly stage: string | null
  /** The policy, for a verdict. */
  readonly policy?: string
  /** Where in it, as a JSON Pointer; empty for the whole. */
  readonly path: string
  readonly recorded: unknown
  readonly replayed: unknown
}

type Found = Omit<Difference, 'step'>

/** The first difference between decisions, in the order in which they were made. */
export function differentDecision (recorded: RecordedOutcome['decisions'], replayed: RecordedOutcome['decisions']): Found | undefined {
  for (const index of Array(Math.max(recorded.length, replayed.length)).keys()) {
    const [before, now] = [recorded[index], replayed[index]]
    const found = before === undefined || now === undefined || before.stage !== now.stage || before.at !== now.at
      ? { what: 'decision', stage: (now ?? before)?.stage ?? null, path: '', recorded: before, replayed: now } as const
      : differentVerdict(before, now)
    if (found !== undefined) return found
  }
  return undefined
}

function differentVerdict (before: RecordedDecision, now: RecordedDecision): Found | undefined {
  const { stage } = now
  for (const index of Array(Math.max(before.verdicts.length, now.verdicts.length)).keys()) {
    const [old, fresh] = [before.verdicts[index], now.verdicts[index]]
    const policy = (fresh ?? old)?.policy
    const difference = firstDifference(old, fresh)
    if (difference !== undefined) return { what: 'verdict', stage, ...policy === undefined ? {} : { policy }, ...difference }
  }
  return before.decision === now.decision
    ? undefined
    : { what: 'decision', stage, path: '/decision', recorded: before.decision, replayed: now.decision }
}

/** The first difference between frames. */
export function differentFrame (recorded: RecordedOutcome['frames'], replayed: RecordedOutcome['frames']): Found | undefined {
  for (const index of Array(Math.max(recorded.length, replayed.length)).keys()) {
    const difference = firstDifference(recorded[index], replayed[index])
    if (difference !== undefined) return { what: 'frame', stage: (replayed[index] ?? recorded[index])?.stage ?? null, ...difference }
  }
  return undefined
}

/** The first difference between two values of JSON; the order of members is none. */
export function firstDifference (
  recorded: unknown, replayed: unknown, path: readonly string[] = []
): Pick<Difference, 'path' | 'recorded' | 'replayed'> | undefined {
  if (recorded === replayed) return undefined
  const [before, now] = [membersOf(recorded), membersOf(replayed)]
  if (before === undefined || now === undefined || Array.isArray(recorded) !== Array.isArray(replayed)) {
    return { path: pointer(path), recorded, replayed }
  }
  for (const key of new Set([...before.keys(), ...now.keys()])) {
    const found = firstDifference(before.get(key), now.get(key), [...path, key])
    if (found !== undefined) return found
  }
  return undefined
}

function membersOf (value: unknown): ReadonlyMap<string, unknown> | undefined {
  return Array.isArray(value) || isPlainObject(value) ? new Map(Object.entries(value)) : undefined
}

/** A difference in words. */
export function differenceText ({ step, what, stage, policy, path, recorded, replayed }: Difference): string {
  const about = [policy === undefined ? what : `${what} of policy '${policy}'`, stage === null ? 'of the flow' : `at stage '${stage}'`]
  const where = path === '' ? '' : `, ${path}`
  return `Step ${step}, ${about.join(' ')}${where}: recorded ${JSON.stringify(recorded) ?? 'nothing'}, now ${JSON.stringify(replayed) ?? 'nothing'}`
}
