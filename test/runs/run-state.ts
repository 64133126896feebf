import type { RunState } from '../../lib/runs/run-state.js'

/** A run's state with what a test states of it. */
export function makeState (stated: Partial<RunState> = {}): RunState {
  return {
    id: 'run',
    flow: 'flow',
    definition: 'hash',
    startedAt: 0,
    expiresAt: 1000,
    movedAt: 0,
    turn: 1,
    query: '',
    pending: [],
    inline: [],
    entered: false,
    scratch: null,
    context: {},
    initial: {},
    secrets: {},
    frames: [],
    decisions: [],
    events: [],
    restarts: 0,
    ending: null,
    last: null,
    performed: [],
    claim: null,
    ...stated
  }
}
