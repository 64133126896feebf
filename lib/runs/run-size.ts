import { isRecord } from '../is-record.js'
import { NONE } from '../none.js'
import type { RunState } from './run-state.js'

/** Bytes of a run with nothing in it: its objects, ids and times, and its place in a store. */
const EMPTY = 1024

/** About as many bytes as V8 takes for them; a character may take one or two, so it is counted as two. */
const VALUE = 8
const TEXT = 16
const CHARACTER = 2
const CONTAINER = 32

/**
 * About how many bytes a run takes; of them what only grows while the run goes on, and what it began with, which need not be
 * counted again. Flat, because every run that is kept has one.
 */
export interface RunSize {
  readonly total: number
  readonly initial: number
  readonly frames: number
  readonly decisions: number
  readonly events: number
  readonly recorded: number
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
  const known = before?.state
  const sizes = before?.size
  const frames = sizeOfList(state.frames, known?.frames, sizes?.frames)
  const decisions = sizeOfList(state.decisions, known?.decisions, sizes?.decisions)
  const events = sizeOfList(state.events, known?.events, sizes?.events)
  const recorded = sizeOfList(state.recorded, known?.recorded, sizes?.recorded)
  const initial = before !== undefined && known?.initial === state.initial ? before.size.initial : sizeOfValue(state.initial)
  const { query, scratch, context, secrets, inline, pending, performed, ending, last } = state
  const total = EMPTY + frames + decisions + events + recorded + initial + sizeOfValue(query) + sizeOfValue(scratch) +
    sizeOfValue(context) + sizeOfValue(secrets) + sizeOfValue(inline) + sizeOfValue(performed) + sizeOfValue(ending) +
    // All runs that are idle before a binding share what is said of it.
    sizeOfValue(last) + CONTAINER + VALUE * pending.length
  return { total, initial, frames, decisions, events, recorded }
}

function sizeOfList (list: readonly unknown[] = NONE, before: readonly unknown[] = NONE, sizeBefore = CONTAINER): number {
  const isLonger = goesOn(before, list)
  let size = isLonger ? sizeBefore : CONTAINER
  for (let index = isLonger ? before.length : 0; index < list.length; index += 1) size += VALUE + sizeOfValue(list[index])
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
  if (isRecord(value)) for (const key in value) size += VALUE + CHARACTER * key.length + sizeOfValue(value[key])
  return size
}
