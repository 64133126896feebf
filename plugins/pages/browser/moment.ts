import { type Json, objectOf, objectsOf, textOf } from './wire.js'

/** A moment of a run: one of its frames, or how it stands now. */
export interface Moment {
  /** Position among the moments, from 0. */
  readonly index: number
  /** The name of the stage that passes at a frame; undefined now. */
  readonly stage: string | undefined
  /** The context as it was. */
  readonly context: Json
  /** What had become of it since the moment before. */
  readonly changes: readonly Json[]
  /** The binding that the run is at; '' where it is at none. */
  readonly at: string
  /** What had become of each binding, by its primary key. */
  readonly states: ReadonlyMap<string, string>
  /** Whether it is how the run stands now. */
  readonly isNow: boolean
}

function statesAt (explanation: Json, frames: readonly Json[], index: number): Map<string, string> {
  const bindings = objectsOf(explanation, 'bindings')
  const at = textOf(frames[index] ?? {}, 'binding')
  const before = new Set(frames.slice(0, index).map((frame) => textOf(frame, 'binding')))
  const position = bindings.findIndex((binding) => textOf(binding, 'pk') === at)
  return new Map(bindings.map((binding, order) => {
    const pk = textOf(binding, 'pk')
    const state = textOf(binding, 'state')
    if (pk === at) return [pk, 'current']
    if (before.has(pk)) return [pk, 'passed']
    return [pk, state === 'left_out' || (state === 'taken_out' && order < position) ? state : 'planned']
  }))
}

function currentStates (explanation: Json): Map<string, string> {
  return new Map(objectsOf(explanation, 'bindings').map((binding) => [textOf(binding, 'pk'), textOf(binding, 'state')]))
}

/** The moments of a run, oldest first; the last is now. */
export function momentsOf (body: Json, explanation: Json): Moment[] {
  const plans = objectsOf(body, 'plans')
  const frames = objectsOf(explanation, 'frames')
  const past = plans.map((plan, index): Moment => ({
    index,
    stage: textOf(frames[index] ?? {}, 'stage'),
    context: objectOf(plan, 'plan_context'),
    changes: objectsOf(frames[index] ?? {}, 'changes'),
    at: textOf(frames[index] ?? {}, 'binding'),
    states: statesAt(explanation, frames, index),
    isNow: false
  }))
  const states = currentStates(explanation)
  return [...past, {
    index: plans.length,
    stage: undefined,
    context: objectOf(objectOf(body, 'current_plan'), 'plan_context'),
    changes: objectsOf(explanation, 'since_last_frame'),
    at: [...states].find(([, state]) => state === 'current')?.[0] ?? '',
    states,
    isNow: true
  }]
}
