import assert from 'node:assert/strict'
import { CEL, CLOSURE, guarded, planning } from '../planning.js'
import type { Row } from '../row.js'
import { spinContest, type Task } from '../spin.js'

/** What a condition costs as an expression, beside the same in TypeScript. */
export const celRow: Row = {
  name: 'cel',
  ours: 'a CEL policy',
  beside: 'the same as a TypeScript closure inside the engine',
  goal: undefined,
  async prepare ({ slice }) {
    const { planner, services, user } = planning(guarded('cel', 1, [CEL]), guarded('closure', 1, [CLOSURE]))
    const ask = (slug: string): Task => {
      const flow = services.registry.flow(slug)
      const target = flow?.bindings[0]?.policies
      if (flow === undefined || target === undefined) throw new Error('the flow is defined')
      return () => planner.ask(target, { user, context: {}, http: null, plan: null, flow: flow.flow })
    }
    const [ours, beside] = [ask('cel'), ask('closure')]
    for (const outcome of [await ours(), await beside()]) {
      assert(typeof outcome === 'object' && outcome !== null && 'result' in outcome && outcome.result === 'pass', 'both pass')
    }
    return spinContest(ours, beside, slice)
  }
}
