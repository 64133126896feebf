import { Value } from '@sinclair/typebox/value'
import fc from 'fast-check'
import t from 'tap'
import { explanationBody, ExplanationBodySchema } from '../../lib/explain/explanation-body.js'
import { ExplanationSchema, type Explanation, type PolicyExplanation } from '../../lib/explain/explanation-schema.js'
import { explanationText } from '../../lib/explain/explanation-text.js'
import { Inspector } from '../../lib/inspector/inspector.js'
import { HTTP, type makeEngine } from '../definitions.js'
import { engineOf, flows } from '../planner/random-flows.js'
import { modelExplained, type ModelExplained, type ModelFate, type Said } from '../planner/reference-model.js'

t.setTimeout(240_000)

/** Turns a seed into the same flows again. */
const SEED = 20240902

interface Walked {
  readonly explanation: Explanation
  /** The body of the published operation. */
  readonly inspection: string | undefined
}

/** Answers so many stages, or as many as there are, and explains: after each where `looksOn`, else at the end. */
async function walk (
  { executor, clock, registry }: ReturnType<typeof makeEngine>, answered: number, progress: { passed: number }, looksOn: boolean
): Promise<Walked> {
  const browser = { key: 'browser', user: null, remember: () => {}, signIn: async () => {}, renewSignIn: async () => {}, signOut: async () => {} }
  const replied: (() => void)[] = []
  const whenReplied = (callback: () => void) => { replied.push(callback) }
  const request = () => ({ slug: 'flow', browser, query: '', http: HTTP, arrivedAt: clock(), fromElsewhere: false, whenReplied })
  let { body } = await executor.get(request())
  while (body['component'] === 'ak-stage-dummy' && progress.passed < answered) {
    progress.passed += 1
    if (looksOn) await executor.explain('flow', browser.key)
    const reply = await executor.answer(request(), { component: 'ak-stage-dummy' })
    replied.splice(0).forEach((callback) => callback())
    body = reply.body
  }
  const inspector = new Inspector('/api/v3', registry.kinds.stageKinds)
  const inspect = async () => {
    const found = await executor.find('flow', browser.key)
    const flow = found.kind === 'none' ? undefined : registry.flowOf(found.run.state)
    return found.kind === 'none' || flow === undefined ? undefined : inspector.inspect(flow, found.run.state, browser.key)
  }
  const before = looksOn ? undefined : await inspect()
  const explanation = await executor.explain('flow', browser.key)
  if (explanation === undefined) throw new Error('there is a run')
  return { explanation, inspection: looksOn ? await inspect() : before }
}

function asModel ({ planning, bindings }: Explanation): ModelExplained {
  return {
    flow: said(planning.policies, 'plan') ?? planning.policies.map(() => 'not asked'),
    fates: bindings.map(({ stage, state, policies }): ModelFate =>
      ({ stage: stage.name, state, plan: said(policies, 'plan'), turn: said(policies, 'turn') }))
  }
}

/** What was said at one time; null where nobody was asked then. */
function said (policies: readonly PolicyExplanation[], at: 'plan' | 'turn'): Said[] | null {
  const verdicts = policies.map((policy) => policy.verdicts.find(({ asked }) => asked === at)?.result)
  if (verdicts.every((verdict) => verdict === undefined)) return null
  return verdicts.map((verdict) => verdict ?? 'not asked')
}

/** Where nobody was asked, null and a row of "not asked" are one. A late verdict may be cancelled; no model knows that. */
function agree (expected: readonly Said[] | null, found: readonly Said[] | null): boolean {
  const silent = (list: readonly Said[] | null) => list === null || list.every((one) => one === 'not asked')
  if (silent(expected) || silent(found)) return silent(expected) && silent(found)
  return expected?.length === found?.length &&
    expected?.every((one, index) => one === found?.[index] || (one !== 'not asked' && found?.[index] === 'cancelled')) === true
}

function isCancelled (policies: readonly PolicyExplanation[]): boolean {
  return policies.some(({ verdicts }) => verdicts.some(({ result }) => result === 'cancelled'))
}

t.test('random flows: explain says what the reference model says, and changes nothing of the published body', async (t) => {
  const seen: Record<string, number> = {}
  await fc.assert(fc.asyncProperty(flows, fc.integer({ min: 0, max: 8 }), async (flow, answered) => {
    const [progress, again] = [{ passed: 0 }, { passed: 0 }]
    const { explanation, inspection } = await walk(engineOf(flow, progress), answered, progress, false)
    const lookedOn = await walk(engineOf(flow, again), answered, again, true)
    if (lookedOn.inspection !== inspection) throw new Error(`the published body: ${lookedOn.inspection}, expected ${inspection}`)
    const expected = modelExplained(flow, answered)
    const found = asModel(explanation)
    const fault = (what: string) => new Error(`${what}: ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`)
    if (!agree(expected.flow, found.flow)) throw fault('the flow')
    for (const [index, fate] of expected.fates.entries()) {
      const { stage, state, plan, turn } = found.fates[index] ?? fate
      seen[state] = (seen[state] ?? 0) + 1
      if (stage !== fate.stage || state !== fate.state) throw fault(`binding ${index}`)
      if (!agree(fate.plan, plan) || !agree(fate.turn, turn)) throw fault(`the policies of binding ${index}`)
    }
    const policies = [...explanation.planning.policies, ...explanation.bindings.flatMap((binding) => binding.policies)]
    for (const { enabled, result, verdicts } of policies) {
      if (!enabled && (result !== 'not_asked' || verdicts.length > 0)) throw fault('a disabled policy was asked')
      seen[result] = (seen[result] ?? 0) + 1
    }
    if (isCancelled(policies)) seen['flows with a cancelled policy'] = (seen['flows with a cancelled policy'] ?? 0) + 1
    if (!Value.Check(ExplanationSchema, explanation)) throw fault('the schema')
    if (!Value.Check(ExplanationBodySchema, explanationBody(explanation))) throw fault('the schema on the wire')
    if (explanationText(explanation).split('\n').length > 10) throw fault('more than ten lines')
  }), { numRuns: 1500, seed: SEED })
  for (const what of ['passed', 'current', 'planned', 'left_out', 'taken_out', 'not_reached', 'pass', 'fail', 'error', 'not_asked', 'cancelled']) {
    t.ok((seen[what] ?? 0) > 50, `${what} occurs (${seen[what]})`)
  }
})
