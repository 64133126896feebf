import t from 'tap'
import { isPromise } from '../../lib/maybe-promise.js'
import type { Flow } from '../../lib/model/flow.js'
import type { User } from '../../lib/model/user.js'
import type { FlowPlan } from '../../lib/planner/flow-plan.js'
import { EmptyFlowError, FlowNotApplicableError } from '../../lib/planner/plan-errors.js'
import type { PlanRequest } from '../../lib/planner/planner.js'
import type { PolicyFunction, PolicyRequest } from '../../lib/policies/policy-kind.js'
import { makeUser } from '../fake-users.js'
import { celPolicy, dummyPolicy, HTTP, keyOf, makeDefinitions, makeEngine, walk, type EngineOptions, type FlowInput } from '../definitions.js'

type Engine = ReturnType<typeof makeEngine>

function engine (input: FlowInput, options: EngineOptions = {}): Engine {
  return makeEngine(makeDefinitions(input), options)
}

const plan = async ({ planner }: Engine, request: Partial<PlanRequest> = {}): Promise<FlowPlan> =>
  await planner.plan({ flow: 'flow', user: null, request: HTTP, ...request })

const names = ({ bindings }: FlowPlan) => bindings.map(({ compiled, marker }) => [compiled.stage.name, marker])

/** What planning is refused with. */
async function refusal (made: Engine, request: Partial<PlanRequest> = {}): Promise<FlowNotApplicableError> {
  try {
    await plan(made, request)
  } catch (error) {
    if (error instanceof FlowNotApplicableError) return error
    throw error
  }
  throw new Error('a plan was made')
}

const one = [{ stage: 'only' }]

t.test('empty: no stage is an error of its own, unless it is allowed (P1)', async (t) => {
  const made = engine({})
  await t.rejects(plan(made), { code: 'FST_FLOW_EMPTY', message: "Flow 'flow' has no stage for this user" })
  t.strictSame((await plan(made, { allowEmpty: true })).bindings, [])
  const left = engine({ bindings: [{ stage: 'a', evaluateOnPlan: true, policies: [{ policy: 'no' }] }], made: { no: dummyPolicy(false) } })
  for (const time of ['first', 'cached']) {
    const error = await plan(left).catch((error: unknown) => error)
    if (!(error instanceof EmptyFlowError)) throw error
    t.match(error.decisions, [{ decision: 'kept' }, { decision: 'left_out', verdicts: [{ cached: time === 'cached' }] }], time)
  }
})

t.test('flow: an unknown slug is an error that names it', async (t) => {
  await t.rejects(plan(engine({}), { flow: 'other' }), { code: 'FST_FLOW_NOT_FOUND', message: "No flow 'other'" })
})

t.test('requirement: who may start the flow (P2, P9)', async (t) => {
  const user = makeUser()
  const admin = makeUser({ isSuperuser: true })
  const redirected = { is_redirected: 'another' }
  const cases: Array<[Flow['authentication'], Partial<PlanRequest>, boolean]> = [
    ['none', {}, true],
    ['none', { user }, true],
    ['require_authenticated', {}, false],
    ['require_authenticated', { user }, true],
    ['require_authenticated', { context: { pending_user: user } }, false],
    ['require_unauthenticated', {}, true],
    ['require_unauthenticated', { user }, false],
    ['require_superuser', {}, false],
    ['require_superuser', { user }, false],
    ['require_superuser', { user: admin }, true],
    ['require_superuser', { user, context: { pending_user: admin } }, false],
    ['require_redirect', {}, false],
    ['require_redirect', { context: redirected }, true],
    ['require_outpost', { user: admin }, false]
  ]
  for (const [authentication, request, applies] of cases) {
    const made = engine({ flow: { authentication }, bindings: one })
    const what = `${authentication} ${JSON.stringify(request)}`
    if (applies) t.equal((await plan(made, request)).bindings.length, 1, what)
    else t.match(await refusal(made, request), { reason: 'requirement', decisions: [{ binding: null, decision: 'refused' }] }, what)
  }
})

t.test('requirement: an outpost is who the host says is one (P3)', async (t) => {
  const isOutpost = (http: PlanRequest['request']) => http?.ip === '192.0.2.1'
  const made = engine({ flow: { authentication: 'require_outpost' }, bindings: one }, { planner: { isOutpost } })
  t.equal((await plan(made)).bindings.length, 1)
  t.match(await refusal(made, { request: { ...HTTP, ip: '192.0.2.2' } }), { reason: 'requirement' })
  t.match(await refusal(made, { request: null }), { reason: 'requirement' })
})

t.test('requirement: is checked before a cached plan is used', async (t) => {
  const made = engine({ flow: { authentication: 'require_authenticated' }, bindings: one })
  const user = makeUser({ version: '1' })
  await plan(made, { user })
  t.equal((await plan(made, { user })).cached, true)
  t.match(await refusal(made, { context: { pending_user: user } }), { reason: 'requirement' })
})

t.test('flow policies: a fail refuses, even an empty flow, with the policies\' messages (P4)', async (t) => {
  t.match(await refusal(engine({ policies: [{ policy: 'no' }], made: { no: dummyPolicy(false) } })), {
    code: 'FST_FLOW_NOT_APPLICABLE', reason: 'policy', message: 'dummy', decisions: [{ binding: null, decision: 'refused', verdicts: [{ name: 'no', result: 'fail' }] }]
  })
  const silent = engine({ policies: [{ policy: 'no' }] }, { policies: { no: () => false } })
  t.equal((await refusal(silent)).message, 'Flow does not apply to current user.')
})

t.test('errors: a policy without a verdict refuses, of flow or stage, and its text is not shown', async (t) => {
  const policies = { broken: () => { throw new Error('secret insides') } }
  for (const input of [
    { policies: [{ policy: 'broken' }], bindings: one },
    { bindings: [{ stage: 'a', evaluateOnPlan: true, policies: [{ policy: 'broken' }] }, { stage: 'b' }] }
  ]) {
    const error = await refusal(engine(input, { policies }))
    t.match(error, { reason: 'policy_error', message: 'Flow does not apply to current user.' })
    t.match(error.decisions.at(-1), { decision: 'refused', messages: ['secret insides'], verdicts: [{ result: 'error' }] })
  }
})

t.test('bindings: in order with their markers; policies of the turn are not asked now (P7, P8)', async (t) => {
  let asked = 0
  const counts: PolicyFunction = () => {
    asked += 1
    return true
  }
  const made = engine({
    bindings: [
      { stage: 'later', order: 5, policies: [{ policy: 'counts' }] },
      { stage: 'now', order: 1, evaluateOnPlan: true, reEvaluatePolicies: false },
      { stage: 'both', order: 3, evaluateOnPlan: true },
      { stage: 'out', order: 2, evaluateOnPlan: true, policies: [{ policy: 'no' }] }
    ],
    made: { no: dummyPolicy(false) }
  }, { policies: { counts } })
  const made1 = await plan(made)
  t.strictSame(names(made1), [['now', 'none'], ['both', 're_evaluate'], ['later', 're_evaluate']])
  t.equal(made1.current?.compiled.stage.name, 'now')
  t.equal(asked, 0)
  t.strictSame(made1.decisions.map(({ binding, decision, at }) => [binding, decision, at]), [
    [null, 'kept', 'plan'],
    [keyOf('binding', 'now'), 'kept', 'plan'],
    [keyOf('binding', 'out'), 'left_out', 'plan'],
    [keyOf('binding', 'both'), 'kept_to_ask_again', 'plan'],
    [keyOf('binding', 'later'), 'kept_to_ask_again', 'plan']
  ])
  t.match(made1.decisions[2], { messages: ['dummy'], verdicts: [{ name: 'no', kind: 'dummy', result: 'fail', duration: 1, cached: false }] })
})

t.test('planning: answers at once where the policies do, and waits where one does not', async (t) => {
  const bindings = ['a', 'b'].map((stage) => ({ stage, evaluateOnPlan: true, policies: [{ policy: 'yes' }] }))
  const request = { flow: 'flow', user: null }
  t.notOk(isPromise(engine({ policies: [{ policy: 'yes' }], bindings }, { policies: { yes: () => true } }).planner.plan(request)))
  const late = engine({ policies: [{ policy: 'yes' }], bindings }, { policies: { yes: async () => true } }).planner.plan(request)
  t.ok(isPromise(late))
  t.equal((await late).bindings.length, 2)
})

t.test('turn: a policy that passes then is a decision, and logs nothing (P18)', async (t) => {
  const made = engine({ bindings: [{ stage: 'a', policies: [{ policy: 'yes' }] }], made: { yes: dummyPolicy(true) } })
  t.match(await walk(made, 'session'), { stages: ['a'], end: { to: '/' } })
  t.strictSame(made.logged, [])
})

t.test('cache: made once, used for the same flow and user, its verdicts flagged (P5)', async (t) => {
  const made = engine({
    bindings: [{ stage: 'a', evaluateOnPlan: true, policies: [{ policy: 'yes' }] }, { stage: 'b' }], made: { yes: dummyPolicy(true) }
  })
  const first = await plan(made)
  const second = await plan(made)
  t.strictSame([first.cached, second.cached], [false, true])
  t.equal(made.planner.cache.size, 1)
  t.strictSame(names(second), names(first))
  t.strictSame([first, second].map(({ decisions }) => decisions[1]?.verdicts[0]?.cached), [false, true])
  second.shift()
  t.strictSame(names(await plan(made)), names(first), 'walking one plan leaves the cached one alone')
  t.equal((await plan(made, { useCache: false })).cached, false)
})

t.test('cache: the context is never part of it', async (t) => {
  const made = engine({ bindings: one })
  await plan(made, { context: { secret: 'of the first' } })
  const context = {}
  const second = await plan(made, { context })
  t.equal(second.cached, true)
  t.equal(second.context, context)
  t.strictSame(second.context, {})
})

t.test('cache: by user, pending one first; a change of the version makes it unreachable (P6)', async (t) => {
  const made = engine({ bindings: one })
  const user = makeUser({ pk: 1, version: '1' })
  const cached = async (who: User | null, pending?: User) =>
    (await plan(made, { user: who, context: pending === undefined ? {} : { pending_user: pending } })).cached
  t.equal(await cached(user), false)
  t.equal(await cached(user), true)
  t.equal(await cached(null, user), true, 'as the pending user')
  t.equal(await cached(makeUser({ pk: 2, version: '1' })), false, 'another user')
  t.equal(await cached(user, makeUser({ pk: 3, version: '1' })), false, 'another pending user')
  t.equal(await cached({ ...user, pk: '1' }), false, 'the text 1 is somebody else')
  t.equal(await cached({ ...user, version: '2' }), false, 'a new version, as after a change of a membership')
  const changing = { ...user, pk: 7 }
  t.strictSame([await cached(changing), await cached(changing)], [false, true])
  changing.version = '2'
  t.equal(await cached(changing), false, 'a store that changes the user in place')
  t.equal(await cached(null), false)
  t.equal(await cached(null), true, 'shared by all who are not signed in')
  for (const time of ['once', 'twice']) {
    t.equal(await cached(makeUser({ pk: 9 })), false, `no version, ${time}`)
    t.equal((await plan(made, { context: { pending_user: { ...user, pk: null } } })).cached, false, `not stored, ${time}`)
  }
})

t.test('cache: a change of the definitions makes it unreachable', async (t) => {
  const made = engine({ bindings: one })
  const old = made.registry.flow('flow')
  await plan(made)
  made.registry.replace(makeDefinitions({ flow: { title: 'New' }, bindings: one }))
  t.equal(made.planner.cache.size, 0)
  t.equal((await plan(made)).cached, false)
  if (old !== undefined) t.equal((await plan(made, { flow: old })).cached, false, 'a run that began with the old ones')
})

t.test('cache: only what is a pure function of user and definition', async (t) => {
  const cachedWith = async (input: FlowInput, options?: EngineOptions) => {
    const made = engine(input, options)
    await plan(made)
    return (await plan(made)).cached
  }
  const onPlan = [{ stage: 'a', evaluateOnPlan: true, policies: [{ policy: 'asked' }] }]
  const policies = { asked: () => true }
  t.equal(await cachedWith({ bindings: onPlan }, { policies }), false, 'a function')
  t.equal(await cachedWith({ policies: [{ policy: 'asked' }], bindings: one }, { policies }), false, 'a function of the flow')
  t.equal(await cachedWith({ bindings: [{ stage: 'a', policies: [{ policy: 'asked' }] }] }, { policies }), true, 'a function not asked yet')
  t.equal(await cachedWith({ bindings: onPlan, made: { asked: celPolicy('true') } }), true, 'CEL that looks at nothing else')
  t.equal(await cachedWith({ bindings: onPlan, made: { asked: celPolicy('request.method == "GET"') } }), false, 'CEL of the request')
  t.equal(await cachedWith({ flow: { designation: 'stage_configuration' }, bindings: one }), false, 'set-up of a stage')
  t.equal(await cachedWith({ bindings: one }, { planner: { cacheSize: 0 } }), false, 'turned off')
})

t.test('cache: bounded', async (t) => {
  const made = engine({ bindings: one }, { planner: { cacheSize: 2 } })
  for (const pk of [1, 2, 3]) await plan(made, { user: makeUser({ pk, version: '1' }) })
  t.equal(made.planner.cache.size, 2)
  t.equal((await plan(made, { user: makeUser({ pk: 1, version: '1' }) })).cached, false)
})

/** An engine of stages `a` and `b`, where a function guards `a`. */
function guardedBy (guard: PolicyFunction, evaluateOnPlan = true): Engine {
  return engine({
    bindings: [{ stage: 'a', evaluateOnPlan, reEvaluatePolicies: !evaluateOnPlan, policies: [{ policy: 'guard' }] }, { stage: 'b' }]
  }, { policies: { guard } })
}

const put = (request: PolicyRequest) => request.plan?.insertStage({ kind: 'dummy', name: 'put', options: {} })

t.test('put next: a policy puts a stage behind its own, or in its place', async (t) => {
  for (const passing of [true, false]) {
    const made = guardedBy((request) => {
      put(request)
      return passing
    })
    const planned = await plan(made)
    t.strictSame(planned.bindings.map(({ compiled }) => compiled.stage.name), passing ? ['a', 'put', 'b'] : ['put', 'b'])
    const inline = planned.bindings[passing ? 1 : 0]
    t.match(inline, { marker: 'none', compiled: { binding: { target: planned.flow.pk }, stage: { options: { throwError: false } } } })
    t.notOk(planned.compiled.bindingsByPk.has(inline?.compiled.binding.pk ?? ''))
    t.match((await walk(made, 'session')).stages, passing ? ['a', 'put', 'b'] : ['put', 'b'])
    const atTurn = guardedBy((request) => {
      put(request)
      return passing
    }, false)
    t.strictSame((await walk(atTurn, 'session')).stages, passing ? ['a', 'put', 'b'] : ['put', 'b'], 'at its turn')
  }
})

t.test('put next: a defined stage by its key, and a redirect, which ends the walk', async (t) => {
  const defined = guardedBy(({ plan }) => {
    plan?.insertStage(keyOf('stage', 'b'))
    return true
  })
  t.strictSame((await walk(defined, 'session')).stages, ['a', 'b', 'b'])
  for (const onPlan of [true, false]) {
    const away = guardedBy(({ plan }) => {
      plan?.redirect('/elsewhere')
      return false
    }, onPlan)
    t.match(await walk(away, 'session'), { stages: [], end: { component: 'xak-flow-redirect', to: '/elsewhere' } })
  }
})

t.test('put next: what cannot be is an error of the policy, so that nobody passes', async (t) => {
  const wrong: Array<[string, PolicyFunction]> = [
    ["there is no stage 'unknown' to put next", ({ plan }) => { plan?.insertStage('unknown'); return true }],
    ["there is no stage kind 'magic' to put next", ({ plan }) => { plan?.insertStage({ kind: 'magic', name: 'm', options: {} }); return true }],
    ["the stage 'm' put next: field 'colour': unexpected property", ({ plan }) => {
      plan?.insertStage({ kind: 'dummy', name: 'm', options: { colour: 1 } })
      return true
    }],
    ["more than 64 stages were put into the plan of 'flow'", (request) => {
      for (let count = 0; count <= 64; count += 1) put(request)
      return true
    }]
  ]
  for (const [message, guard] of wrong) {
    const error = await refusal(guardedBy(guard))
    t.equal(error.reason, 'policy_error', message)
    t.match(error.decisions.at(-1)?.messages[0], message)
    t.match(await walk(guardedBy(guard, false), 'session'), { stages: [], end: { component: 'ak-stage-access-denied' } }, 'at its turn')
  }
})

t.test('flow policies: have no plan yet', async (t) => {
  let seen: PolicyRequest['plan'] | undefined
  await plan(engine({ policies: [{ policy: 'looks' }], bindings: one }, { policies: { looks: ({ plan }) => { seen = plan; return true } } }))
  t.equal(seen, null)
})
