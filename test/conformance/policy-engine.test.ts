import t, { type Test } from 'tap'
import {
  define, FlowNotApplicableError, group, policy, user,
  type Decision, type PlanContext, type PolicyEntry, type PolicyFunction, type User
} from '../../plugins/index.js'
import { constant, flowOf, functionPolicy, visit, type Visitor } from './visitor.js'

/*
 * The original's own tests of its policy engine and of one binding, by the letters that test/README.md explains. The
 * target is a flow; what its policies come to is the planner's first decision.
 */

interface Asked {
  readonly mode?: 'any' | 'all'
  readonly policies?: Readonly<Record<string, PolicyFunction>>
  readonly user?: (visitor: Visitor) => Promise<User | undefined>
  readonly context?: PlanContext
}

/** What the policies of a flow come to: the outcome, its messages and its verdicts. */
async function ask (t: Test, entries: readonly PolicyEntry[], { mode = 'all', policies = {}, user, context = {} }: Asked = {}) {
  const visitor = await visit(t, define(flowOf([], { policies: entries, policyEngineMode: mode })), { policies })
  const { planner } = visitor.app.flows
  const request = { flow: 'flow', user: await user?.(visitor) ?? null, context, allowEmpty: true }
  let decision: Decision | undefined
  try {
    decision = (await planner.plan(request)).decisions[0]
  } catch (error) {
    if (!(error instanceof FlowNotApplicableError)) throw error
    decision = error.decisions[0]
  }
  const { decision: made, messages = [], verdicts = [] } = decision ?? {}
  return { passing: made === 'kept', messages, verdicts, results: verdicts.map(({ result }) => result) }
}

const yes = constant('yes', true)
const no = constant('no', false)
const raising = functionPolicy('raising')
const policies = { raising: () => { throw new Error('division by zero') } }

t.test('E1 no bindings: passes without a message', async (t) => {
  t.match(await ask(t, []), { passing: true, messages: [] })
})

t.test('E2 one passing policy', async (t) => {
  t.match(await ask(t, [yes]), { passing: true, messages: ['dummy'] })
})

t.test('E3 E4 two policies: all wants both, any wants one, and the messages of both are there', async (t) => {
  t.match(await ask(t, [no, yes], { mode: 'all' }), { passing: false, messages: ['dummy', 'dummy'] })
  t.match(await ask(t, [no, yes], { mode: 'any' }), { passing: true, messages: ['dummy', 'dummy'] })
})

t.test('E5 R9 negate turns the verdict around and keeps the message', async (t) => {
  t.match(await ask(t, [{ policy: yes, negate: true }]), { passing: false, messages: ['dummy'] })
  t.match(await ask(t, [{ policy: no, negate: true }]), { passing: true, messages: ['dummy'] })
})

t.test('E6 R10 R13 a policy that raises does not pass, whether negated or not, and its text is kept', async (t) => {
  for (const negate of [false, true]) {
    t.match(await ask(t, [{ policy: raising, negate }], { policies }), { passing: false, results: ['error'], messages: ['division by zero'] })
  }
})

t.test('E7 a policy that raises passes where its binding says so', async (t) => {
  t.match(await ask(t, [{ policy: raising, failureResult: true }], { policies }), { passing: true, messages: ['division by zero'] })
})

t.test('E8 R5 a binding to nothing that could answer is refused when it is defined', async (t) => {
  const definitions = define(flowOf([], { policies: [yes] }))
  const [binding] = definitions.policyBindings
  t.ok(binding)
  const policyBindings = definitions.policyBindings.map((one) => ({ ...one, policy: null }))
  await t.rejects(visit(t, { ...definitions, policyBindings }), { code: 'FST_FLOW_DEFINITION' })
  const bare = { ...definitions, policies: definitions.policies.map((one) => ({ ...one, kind: 'policy' })) }
  await t.rejects(visit(t, bare), { code: 'FST_FLOW_DEFINITION', message: /policy/ })
})

t.test('E9 what was asked once for one user and definition comes from the cache', async (t) => {
  const { app: { flows: { planner } } } = await visit(t, define(flowOf([], { policies: [yes], designation: 'enrollment' })))
  const plan = async () => await planner.plan({ flow: 'flow', user: null, allowEmpty: true })
  t.strictSame((await plan()).decisions[0]?.verdicts.map(({ cached }) => cached), [false])
  t.strictSame((await plan()).decisions[0]?.verdicts.map(({ cached }) => cached), [true])
})

const above = group('above')
const below = group('below', { parent: above })
const other = group('other')
const ada = user('ada', { groups: [below] })
const bob = user('bob')

/** The same as {@link ask}, with groups and users that exist. */
async function askAbout (t: Test, entries: readonly PolicyEntry[], mode: 'any' | 'all' = 'all') {
  return await ask(t, [...entries, ...NEVER], { mode, user: async (visitor) => await visitor.user('ada') })
}

/** Defines groups and users without having a say: disabled bindings are not counted. */
const NEVER: readonly PolicyEntry[] = [ada, bob, above, below, other].map((spec) => spec.type === 'user'
  ? { user: spec, enabled: false }
  : { group: spec, enabled: false })

t.test('R1 R2 R3 R4 a group passes for its members, a user for itself, and neither says anything', async (t) => {
  t.match(await askAbout(t, [below]), { passing: true, messages: [] })
  t.match(await askAbout(t, [other]), { passing: false, messages: [] })
  t.match(await askAbout(t, [ada]), { passing: true, messages: [] })
  t.match(await askAbout(t, [bob]), { passing: false, messages: [] })
})

t.test('E10 E11 E13 groups by mode, and a group above the user\'s own', async (t) => {
  t.match(await askAbout(t, [below, other], 'all'), { passing: false, messages: [] })
  t.match(await askAbout(t, [below, other], 'any'), { passing: true, messages: [] })
  t.match(await askAbout(t, [above], 'all'), { passing: true })
})

t.test('E12 a thousand bindings of groups and users', async (t) => {
  const many = (entry: PolicyEntry) => [...Array.from({ length: 999 }, () => ({ group: other })), entry]
  t.equal((await askAbout(t, many({ group: other }), 'any')).passing, false)
  t.equal((await askAbout(t, many({ group: below }), 'any')).passing, true)
  t.equal((await askAbout(t, many({ user: bob }), 'any')).passing, false)
  t.equal((await askAbout(t, many({ user: ada }), 'any')).passing, true)
})

t.test('R6 a plan may be made without a request', async (t) => {
  t.match(await ask(t, [functionPolicy('local')], { policies: { local: ({ http }) => http === null } }), { passing: true })
})

t.test('R7 R8 the verdicts of a true and of a false policy', async (t) => {
  t.match(await ask(t, [yes]), { results: ['pass'], messages: ['dummy'] })
  t.match(await ask(t, [no]), { results: ['fail'], messages: ['dummy'] })
})

t.test('R11 R12 execution logging writes one entry for each verdict, and nothing that is secret', async (t) => {
  const lines: string[] = []
  const logged = policy('dummy', 'logged', { executionLogging: true, result: false, waitMin: 0, waitMax: 0 })
  const visitor = await visit(t, define(flowOf([], { policies: [logged, no] })), {}, {
    server: { logger: { level: 'info', stream: { write: (line: string) => { lines.push(line) } } } }
  })
  await visitor.begin('flow', { password: 'a typed secret', list: new Set([1]) })
  const entries = lines.filter((line) => line.includes('policy execution'))
  t.equal(entries.length, 1)
  t.match(JSON.parse(entries[0] ?? '{}'), { flow: 'flow', user: null, verdict: { result: 'fail', messages: ['dummy'] } })
  t.notMatch(entries[0], /a typed secret/)
})

t.test('B1 B2 B3 a binding is of one policy, group or user', async (t) => {
  const definitions = define(ada, flowOf([], { policies: [yes] }))
  const bind = (stated: object) =>
    ({ ...definitions, policyBindings: definitions.policyBindings.map((one) => ({ ...one, ...stated })) })
  const [adaSeed] = definitions.users
  t.equal((await (await visit(t, bind({ policy: null, user: adaSeed?.uuid }))).see('flow')).component, 'ak-stage-access-denied')
  await t.rejects(visit(t, bind({ user: adaSeed?.uuid })), { message: /Only one of 'policy', 'group' or 'user' can be set/ })
  await t.rejects(visit(t, bind({ policy: null })), { message: /One of 'policy', 'group' or 'user' must be set/ })
})
