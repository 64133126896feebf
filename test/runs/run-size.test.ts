import fc from 'fast-check'
import t from 'tap'
import { sizeOfRun, type SizedRun } from '../../lib/runs/run-size.js'
import type { RunEvent } from '../../lib/runs/run-event.js'
import type { Frame, RunState } from '../../lib/runs/run-state.js'
import { makeState } from './run-state.js'

const frame: fc.Arbitrary<Frame> = fc.record({
  binding: fc.string(),
  next: fc.option(fc.string()),
  changes: fc.array(fc.record({ op: fc.constant('add' as const), path: fc.array(fc.string()), value: fc.oneof(fc.string(), fc.integer()) }), { maxLength: 3 })
})
const event: fc.Arbitrary<RunEvent> = fc.record({ kind: fc.constant('passed' as const), binding: fc.string(), at: fc.nat() })

/** What a write does to a run: it adds, or puts something else in the place of what was there. */
const moves = fc.array(fc.record({
  frames: fc.array(frame, { maxLength: 2 }),
  events: fc.array(event, { maxLength: 2 }),
  drops: fc.boolean(),
  context: fc.dictionary(fc.string(), fc.string()),
  secrets: fc.dictionary(fc.string(), fc.string())
}), { maxLength: 6 })

t.test('run size: what is counted from one state to the next is what counting it anew comes to', async (t) => {
  fc.assert(fc.property(moves, (moves) => {
    let before: SizedRun | undefined
    let state: RunState = makeState({ initial: { a: 'text' } })
    for (const { frames, events, drops, context, secrets } of moves) {
      const kept = drops ? state.events.slice(1) : state.events
      state = { ...state, context, secrets, frames: [...state.frames, ...frames], events: [...kept, ...events] }
      const size = sizeOfRun(state, before)
      t.strictSame(size, sizeOfRun(state))
      before = { state, size }
    }
  }))
})

t.test('run size: every text counts, wherever it is', async (t) => {
  const text = 'x'.repeat(10_000)
  const places: Partial<RunState>[] = [
    { query: text },
    { scratch: text },
    { context: { deep: [{ note: text }] } },
    { context: { [text]: 1 } },
    { initial: { note: text } },
    { secrets: { id: text } },
    { frames: [{ binding: 'a', next: null, changes: [{ op: 'add', path: [], value: text }] }] },
    { decisions: [{ binding: null, decision: 'kept', at: 'plan', messages: [text], verdicts: [] }] },
    { events: [{ kind: 'ended', to: text, at: 0 }] },
    { ending: { kind: 'denied', message: text } },
    { last: { fingerprint: '', faults: [{ field: null, string: text, code: '' }] } }
  ]
  const empty = sizeOfRun(makeState()).total
  for (const place of places) t.ok(sizeOfRun(makeState(place)).total >= empty + 20_000 - 100, Object.keys(place).join())
})
