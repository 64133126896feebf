import { randomBytes, randomUUID } from 'node:crypto'
import t from 'tap'
import {
  define, FlowNotApplicableError, group, MemoryUserStore, policy, user, type Decision, type PolicyEntry,
  type PolicyFunction, type User
} from '../../plugins/index.js'
import { makeEngine } from '../definitions.js'
import { constant, flowOf, functionPolicy, visit } from './visitor.js'

/*
 * The original's own tests of its policy engine and of one binding, by the letters that test/README.md explains. The
 * target is a flow; what its policies come to is the planner's first decision.
 */

interface Asked {
  readonly mode?: 'any' | 'all'
  readonly policies?: Readonly<Record<string, PolicyFunction>>
  readonly user?: User | null
}

/** What the policies of a flow come to: the outcome, its messages and its verdicts. */
async function ask (entries: readonly PolicyEntry[], { mode = 'all', policies = {}, user = null }: Asked = {}) {
  const { planner } = makeEngine(define(flowOf([], { policies: entries, policyEngineMode: mode })), { policies })
  let decision: Decision | undefined
  try {
    decision = (await planner.plan({ flow: 'flow', user, allowEmpty: true })).decisions[0]
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
  t.match(await ask([]), { passing: true, messages: [] })
})

t.test('E2 one passing policy', async (t) => {
  t.match(await ask([yes]), { passing: true, messages: ['dummy'] })
})

t.test('E3 E4 two policies: all wants both, any wants one, and the messages of both are there', async (t) => {
  t.match(await ask([no, yes], { mode: 'all' }), { passing: false, messages: ['dummy', 'dummy'] })
  t.match(await ask([no, yes], { mode: 'any' }), { passing: true, messages: ['dummy', 'dummy'] })
})

t.test('E5 R9 negate turns the verdict around and keeps the message', async (t) => {
  t.match(await ask([{ policy: yes, negate: true }]), { passing: false, messages: ['dummy'] })
  t.match(await ask([{ policy: no, negate: true }]), { passing: true, messages: ['dummy'] })
})

t.test('E6 R10 R13 a policy that raises does not pass, whether negated or not, and its text is kept', async (t) => {
  for (const negate of [false, true]) {
    t.match(await ask([{ policy: raising, negate }], { policies }), { passing: false, results: ['error'], messages: ['division by zero'] })
  }
})

t.test('E7 a policy that raises passes where its binding says so', async (t) => {
  t.match(await ask([{ policy: raising, failureResult: true }], { policies }), { passing: true, messages: ['division by zero'] })
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
  const { planner } = makeEngine(define(flowOf([], { policies: [yes], designation: 'enrollment' })))
  const plan = async () => await planner.plan({ flow: 'flow', user: null, allowEmpty: true })
  t.strictSame((await plan()).decisions[0]?.verdicts.map(({ cached }) => cached), [false])
  t.strictSame((await plan()).decisions[0]?.verdicts.map(({ cached }) => cached), [true])
})

const above = group('above')
const below = group('below', { parent: above })
const other = group('other')
const ada = user('ada', { groups: [below] })
const bob = user('bob')

/** The same as {@link ask}, on behalf of ada. */
async function askForAda (entries: readonly PolicyEntry[], mode: 'any' | 'all' = 'all') {
  const { groups, users } = define(ada, bob, above, below, other)
  const store = new MemoryUserStore({ groups, users, now: Date.now, newId: randomUUID, randomBytes })
  const user = store.find({ fields: ['username'], value: 'ada', caseInsensitive: false }) ?? null
  return await ask([...entries, { user: ada, enabled: false }, { user: bob, enabled: false }], { mode, user })
}

t.test('R1 R2 R3 R4 a group passes for its members, a user for itself, and neither says anything', async (t) => {
  t.match(await askForAda([below]), { passing: true, messages: [] })
  t.match(await askForAda([other]), { passing: false, messages: [] })
  t.match(await askForAda([ada]), { passing: true, messages: [] })
  t.match(await askForAda([bob]), { passing: false, messages: [] })
})

t.test('E10 E11 E13 groups by mode, and a group above the user\'s own', async (t) => {
  t.match(await askForAda([below, other], 'all'), { passing: false, messages: [] })
  t.match(await askForAda([below, other], 'any'), { passing: true, messages: [] })
  t.match(await askForAda([above], 'all'), { passing: true })
})

t.test('E12 a thousand bindings of groups and users', async (t) => {
  const many = (entry: PolicyEntry) => [...Array.from({ length: 999 }, () => ({ group: other })), entry]
  t.equal((await askForAda(many({ group: other }), 'any')).passing, false)
  t.equal((await askForAda(many({ group: below }), 'any')).passing, true)
  t.equal((await askForAda(many({ user: bob }), 'any')).passing, false)
  t.equal((await askForAda(many({ user: ada }), 'any')).passing, true)
})

t.test('R6 a plan may be made without a request', async (t) => {
  t.match(await ask([functionPolicy('local')], { policies: { local: ({ http }) => http === null } }), { passing: true })
})

t.test('R7 R8 the verdicts of a true and of a false policy', async (t) => {
  t.match(await ask([yes]), { results: ['pass'], messages: ['dummy'] })
  t.match(await ask([no]), { results: ['fail'], messages: ['dummy'] })
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
