import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import fc from 'fast-check'
import t from 'tap'
import { explanationBody, ExplanationBodySchema } from '../../lib/explain/explanation-body.js'
import { ExplanationSchema, type Explanation, type PolicyExplanation } from '../../lib/explain/explanation-schema.js'
import { explanationText } from '../../lib/explain/explanation-text.js'
import { Inspector } from '../../lib/inspector/inspector.js'
import type { PolicyFunction } from '../../lib/policies/policy-kind.js'
import type { StageKind } from '../../lib/stages/stage-kind.js'
import { passed, refused } from '../../lib/stages/stage-result.js'
import { HTTP, makeDefinitions, makeEngine } from '../definitions.js'
import { OWN_KIND } from '../executor/own-stage.js'
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
  replied.splice(0).forEach((callback) => callback())
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

/** A walk through stages each of which puts some behind it, and what each is answered: what is right, or what restarts. */
interface InsertingWalk {
  readonly inserts: readonly number[]
  readonly answers: ReadonlyArray<'right' | 'restart'>
}

const restarting: StageKind = {
  ...OWN_KIND,
  answerSchema: Type.Object({ right: Type.Boolean() }),
  respond: (_turn, answer) => Reflect.get(answer, 'right') === true ? passed() : refused('Not that.')
}

/** The states of such a walk: a restart forgets what was put into the plan, and each stage in its turn puts it there again. */
function modelInserted ({ inserts, answers }: InsertingWalk): Array<readonly [name: string, state: string]> {
  const all = inserts.flatMap((count, index) => [
    { name: `stage-${index}`, from: 0 },
    ...Array.from({ length: count }, (_, place) => ({ name: `put-${index}-${place}`, from: index }))
  ])
  const turnOf = (index: number) => all.findIndex(({ name }) => name === `stage-${index}`)
  let passed = 0
  for (const answer of answers) {
    if (passed === all.length) break
    const isDefined = all[passed]?.name.startsWith('stage') === true
    passed = answer === 'restart' && isDefined ? 0 : passed + 1
  }
  return all.flatMap(({ name, from }, place) => {
    if (name.startsWith('put') && turnOf(from) > passed) return []
    return [[name, place < passed ? 'passed' : place === passed ? 'current' : 'planned'] as const]
  })
}

t.test('random restarts: what was put into a plan is told of where it is, and is gone with the plan', async (t) => {
  const seen: Record<string, number> = {}
  const walks = fc.record({
    inserts: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 4 }),
    answers: fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant('right' as const) }, fc.constant('restart' as const)), { maxLength: 10 })
  })
  await fc.assert(fc.asyncProperty(walks, async (walk) => {
    const names = walk.inserts.map((_, index) => `stage-${index}`)
    const puts = (count: number, index: number): PolicyFunction => ({ plan }) => {
      for (let place = 0; place < count; place++) plan?.insertStage({ kind: 'dummy', name: `put-${index}-${place}`, options: {} })
      return true
    }
    const policies = Object.fromEntries(walk.inserts.map((count, index) => [`puts-${index}`, puts(count, index)]))
    const definitions = makeDefinitions({
      bindings: names.map((stage, index) => ({ stage, kind: 'own', policies: [{ policy: `puts-${index}` }] }))
    })
    const bindings = definitions.bindings.map((binding) => ({ ...binding, invalidResponseAction: 'restart' as const }))
    const { executor, clock } = makeEngine({ ...definitions, bindings }, { policies, stageKinds: [restarting] })
    const browser = { key: 'browser', user: null, remember: () => {}, signIn: async () => {}, renewSignIn: async () => {}, signOut: async () => {} }
    const replied: (() => void)[] = []
    const request = () => ({
      slug: 'flow', browser, query: '', http: HTTP, arrivedAt: clock(), fromElsewhere: false, whenReplied: (tell: () => void) => { replied.push(tell) }
    })
    let { body } = await executor.get(request())
    replied.splice(0).forEach((tell) => tell())
    for (const answer of walk.answers) {
      if (body['component'] === 'xak-flow-redirect') break
      const { component } = body
      body = (await executor.answer(request(), { component, ...component === 'test-own' ? { right: answer === 'right' } : {} })).body
      replied.splice(0).forEach((tell) => tell())
    }
    const found = (await executor.explain('flow', browser.key))?.bindings.map(({ stage, state }) => [stage.name, state])
    const expected = modelInserted(walk)
    if (JSON.stringify(found) !== JSON.stringify(expected)) throw new Error(`${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`)
    for (const [name, state] of expected) {
      const what = `${name.split('-')[0]} ${state}`
      seen[what] = (seen[what] ?? 0) + 1
    }
  }), { numRuns: 300, seed: SEED })
  for (const what of ['put passed', 'put current', 'put planned', 'stage passed', 'stage current', 'stage planned']) {
    t.ok((seen[what] ?? 0) > 30, `${what} occurs (${seen[what]})`)
  }
})
