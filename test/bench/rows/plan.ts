import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { CHANNELS, FlowPlan, type CompiledBinding, type CompiledFlow, type PolicyAnswer, type PolicyRequest } from 'fastify-flow-planner'
import { guarded, planning, type Planning } from '../planning.js'
import type { Row } from '../row.js'
import { spinContest } from '../spin.js'

const BINDINGS = 10

interface Subject extends Planning {
  readonly flow: CompiledFlow
}

function subject (): Subject {
  const made = planning(guarded('plan', BINDINGS))
  const flow = made.services.registry.flow('plan')
  if (flow === undefined) throw new Error('the flow is defined')
  return { ...made, flow }
}

function plan ({ planner, flow, user }: Subject, useCache: boolean): FlowPlan {
  const plan = planner.plan({ flow, user, useCache })
  if (!(plan instanceof FlowPlan)) throw new Error('pure policies need no promise')
  return plan
}

/** What somebody would write by hand: every policy is asked, and a binding is kept where all pass. */
async function planByHand (flow: CompiledFlow, request: PolicyRequest): Promise<readonly CompiledBinding[]> {
  const kept: CompiledBinding[] = []
  for (const compiled of flow.bindings) {
    let passes = true
    for (const { policy } of compiled.policies.bindings) {
      const answer = policy.evaluate(request)
      if (!isPass(answer instanceof Promise ? await answer : answer)) passes = false
    }
    if (passes) kept.push(compiled)
  }
  return kept
}

function isPass (answer: PolicyAnswer): boolean {
  return typeof answer === 'boolean' ? answer : answer.passing
}

function requireAllKept (flow: CompiledFlow, kept: readonly CompiledBinding[]): void {
  assert.deepEqual(kept.map(({ binding }) => binding.pk), flow.bindings.map(({ binding }) => binding.pk), 'every binding is kept')
}

/** Planning with thirty policies, beside a loop over the same policies. */
export const planRow: Row = {
  name: 'plan',
  ours: `planner.plan, ${BINDINGS} bindings with 3 pure policies each, cache off`,
  beside: 'the same policies called in a hand-written loop that awaits only promises',
  goal: 0.5,
  async prepare ({ slice }) {
    const made = subject()
    const { flow, user, services } = made
    const request: PolicyRequest = {
      user, context: {}, http: null, plan: null, flow: flow.flow, signal: new AbortController().signal, services
    }
    requireAllKept(flow, plan(made, false).bindings.map(({ compiled }) => compiled))
    requireAllKept(flow, await planByHand(flow, request))
    return spinContest(() => plan(made, false), () => planByHand(flow, request), slice)
  }
}

/** The same from the cache, beside a map. */
export const planCachedRow: Row = {
  name: 'plan-cached',
  ours: 'the same, cache on',
  beside: 'a Map look-up and a shallow copy',
  goal: 0.3,
  async prepare ({ slice }) {
    const made = subject()
    const { flow, user } = made
    const { bindings, decisions } = plan(made, true)
    const plans = new Map([[`${flow.flow.slug} ${user.pk}`, { bindings, decisions }]])
    const copy = () => {
      const cached = plans.get(`${flow.flow.slug} ${user.pk}`)
      return { ...cached, bindings: [...cached?.bindings ?? []] }
    }
    const ours = plan(made, true)
    assert(ours.cached, 'the plan comes from the cache')
    assert.deepEqual(copy().bindings, ours.bindings)
    return spinContest(() => plan(made, true), copy, slice)
  }
}

/** What it costs to be listened to: the other way round, what is saved where nobody listens. */
export const planUnheardRow: Row = {
  name: 'plan-unheard',
  ours: 'planner.plan as in the row plan, nobody subscribed to the diagnostics channels',
  beside: 'the same with a subscriber on every channel',
  goal: undefined,
  async prepare ({ slice }) {
    const { planner, flow, user } = subject()
    // Where plans are heard they are timed to their end, by a promise.
    const task = () => planner.plan({ flow, user, useCache: false })
    let heard = 0
    const listener = (): void => { heard += 1 }
    const whileHeard = async <Result>(task: () => Promise<Result>): Promise<Result> => {
      for (const name of Object.values(CHANNELS)) subscribe(name, listener)
      try {
        return await task()
      } finally {
        for (const name of Object.values(CHANNELS)) unsubscribe(name, listener)
      }
    }
    await task()
    assert.equal(heard, 0, 'nobody listens')
    await whileHeard(async () => await task())
    assert.equal(heard, 1 + 3 * BINDINGS, 'the plan and every verdict are told')
    const contest = spinContest(task, task, slice)
    return { ...contest, beside: () => whileHeard(() => contest.beside()) }
  }
}
