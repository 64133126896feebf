import type { RunState } from './run-state.js'

/** Bytes of a run with nothing in it: its objects, ids and times, and its place in a store. */
const EMPTY = 1024

/** About as many bytes as V8 takes for them; a character may take one or two, so it is counted as two. */
const VALUE = 8
const TEXT = 16
const CHARACTER = 2
const CONTAINER = 32

/** What only grows while a run goes on, so that what was counted of it before need not be counted again. */
const LISTS = ['frames', 'decisions', 'events', 'recorded'] as const

type ListName = typeof LISTS[number]

interface SizedList {
  readonly list: readonly unknown[]
  readonly size: number
}

const NOTHING: readonly never[] = Object.freeze([])

/** About how many bytes a run takes, of them its lists and what it began with. Flat, because every run that is kept has one. */
export interface RunSize extends Readonly<Record<ListName, number>> {
  readonly total: number
  readonly initial: number
}

/** A state with its size. */
export interface SizedRun {
  readonly state: RunState
  readonly size: RunSize
}

/**
 * Estimates the bytes of a run from the lengths of its texts and the number of its values, rather too many than too few. Costs as
 * much as what is new: what it shares with the state before is not gone through again.
 */
export function sizeOfRun (state: RunState, before?: SizedRun): RunSize {
  const size = { total: EMPTY, initial: 0, frames: 0, decisions: 0, events: 0, recorded: 0 }
  for (const name of LISTS) {
    const known = before && { list: before.state[name] ?? NOTHING, size: before.size[name] }
    size[name] = sizeOfList(state[name] ?? NOTHING, known)
    size.total += size[name]
  }
  size.initial = before?.state.initial === state.initial ? before.size.initial : sizeOfValue(state.initial)
  size.total += size.initial
  const { query, scratch, context, secrets, inline, pending, performed, ending, last } = state
  size.total += sizeOfValue(query) + sizeOfValue(scratch) + sizeOfValue(context) + sizeOfValue(secrets) + sizeOfValue(inline) +
    sizeOfValue(performed) + sizeOfValue(ending) + sizeOfValue(last)
  // All runs that are idle before a binding share what is said of it.
  size.total += CONTAINER + VALUE * pending.length
  return size
}

function sizeOfList (list: readonly unknown[], before: SizedList | undefined): number {
  const known = before !== undefined && goesOn(before.list, list) ? before : { list: NOTHING, size: CONTAINER }
  let { size } = known
  for (let index = known.list.length; index < list.length; index += 1) size += VALUE + sizeOfValue(list[index])
  return size
}

/** Whether a list is another one with something added: its items are never changed in place. */
function goesOn (before: readonly unknown[], list: readonly unknown[]): boolean {
  const last = before.length - 1
  return last >= 0 && list.length > last && list[0] === before[0] && list[last] === before[last]
}

function sizeOfValue (value: unknown): number {
  if (typeof value === 'string') return TEXT + CHARACTER * value.length
  if (typeof value !== 'object' || value === null) return VALUE
  let size = CONTAINER
  if (Array.isArray(value)) {
    // By index: each write goes through several lists, and would leave an iterator for each.
    for (let index = 0; index < value.length; index += 1) size += VALUE + sizeOfValue(value[index])
    return size
  }
  // What a state holds is plain data, which inherits nothing: the names need no list of their own.
  for (const key in value) size += VALUE + CHARACTER * key.length + sizeOfValue(Reflect.get(value, key))
  return size
}
