import fc from 'fast-check'
import t from 'tap'
import { MASK } from '../../lib/context/sensitive.js'
import { isPromise } from '../../lib/maybe-promise.js'
import type { Subject } from '../../lib/model/user.js'
import { askPolicies, publicMessages, type PolicyQuestion, type PolicyTarget, type PreparedBinding } from '../../lib/policies/engine.js'
import type { PolicyAnswer, PolicyFunction } from '../../lib/policies/policy-kind.js'
import { groupMembership, sameUser } from '../../lib/policies/static-bindings.js'
import type { PolicyOutcome } from '../../lib/policies/verdict.js'
import { makeUser } from '../fake-users.js'
import { makeRequest } from './policy-request.js'

/** A binding of a function that answers; what is left out has its default. */
function bound (evaluate: PolicyFunction, stated: Partial<PreparedBinding> = {}): PreparedBinding {
  return {
    pk: `binding ${stated.order ?? 0}`,
    order: 0,
    name: 'the-policy',
    kind: 'expression',
    negate: false,
    timeout: 30_000,
    failureResult: undefined,
    logged: false,
    policy: { pure: true, evaluate },
    ...stated
  }
}

function question (stated: Partial<PolicyQuestion> = {}): PolicyQuestion {
  const { user, context, http, plan, flow, services } = makeRequest()
  let ticks = 0
  return { user, context, http, plan, flow, services, clock: () => ++ticks, secrets: () => [], ...stated }
}

function ask (mode: PolicyTarget['mode'], bindings: readonly PreparedBinding[], stated: Partial<PolicyQuestion> = {}) {
  return askPolicies({ mode, bindings }, question(stated))
}

/** Asks what answers at once. */
function askNow (...asked: Parameters<typeof ask>): PolicyOutcome {
  const outcome = ask(...asked)
  if (isPromise(outcome)) throw new Error('the outcome was to be there at once')
  return outcome
}

const yes: PolicyFunction = () => ({ passing: true, messages: ['dummy'] })
const no: PolicyFunction = () => ({ passing: false, messages: ['dummy'] })
const throws: PolicyFunction = () => { throw new Error('division by zero') }
const never: PolicyFunction = () => new Promise<PolicyAnswer>(() => {})
/** What a host's code may give whatever the types say. */
const given = (json: string): PolicyFunction => () => JSON.parse(json)

t.test('no binding: passes without a message (E1)', (t) => {
  t.strictSame(askNow('all', []), { result: 'pass', messages: [], verdicts: [], pure: true })
  t.end()
})

t.test('one policy: its verdict and message are the outcome (E2, R7, R8)', (t) => {
  const outcome = askNow('any', [bound(yes)])
  t.strictSame(outcome, {
    result: 'pass',
    messages: ['dummy'],
    verdicts: [{
      binding: 'binding 0',
      name: 'the-policy',
      kind: 'expression',
      result: 'pass',
      faulty: false,
      negated: false,
      messages: ['dummy'],
      duration: 1,
      cached: false
    }],
    pure: true
  })
  t.match(askNow('any', [bound(no)]), { result: 'fail', messages: ['dummy'] })
  t.match(askNow('any', [bound(() => true)]), { result: 'pass', messages: [] })
  t.match(askNow('any', [bound(() => false)]), { result: 'fail', messages: [] })
  t.equal(askNow('any', [bound(yes, { policy: { pure: false, evaluate: yes } })]).pure, false)
  t.end()
})

t.test('modes: all wants every policy, any wants one; messages of all are kept in order (E3, E4)', (t) => {
  const two = [bound(() => ({ passing: false, messages: ['first', 'again'] })), bound(() => ({ passing: true, messages: ['second'] }))]
  t.match(askNow('all', two), { result: 'fail', messages: ['first', 'again', 'second'] })
  t.match(askNow('any', two), { result: 'pass', messages: ['first', 'again', 'second'] })
  t.match(askNow('any', [...two].reverse()), { result: 'pass', messages: ['second', 'first', 'again'] })
  t.end()
})

t.test('messages: in the order of the bindings, whatever order the answers come in', async (t) => {
  let release: (answer: PolicyAnswer) => void = () => {}
  const slow = new Promise<PolicyAnswer>((resolve) => { release = resolve })
  const quick: PolicyFunction = async () => {
    release({ passing: true, messages: ['slow'] })
    return { passing: true, messages: ['quick'] }
  }
  t.strictSame((await ask('all', [bound(() => slow), bound(quick)])).messages, ['slow', 'quick'])
})

t.test('negate: turns pass into fail and back, the message stays (E5, R9)', (t) => {
  t.match(askNow('any', [bound(yes, { negate: true })]), { result: 'fail', messages: ['dummy'], verdicts: [{ negated: true }] })
  t.match(askNow('any', [bound(no, { negate: true })]), { result: 'pass', messages: ['dummy'] })
  t.end()
})

t.test('error: a policy that throws has no verdict, negated or not (E6, R10, R13)', async (t) => {
  t.match(askNow('any', [bound(throws)]), { result: 'error', messages: ['division by zero'], pure: false })
  t.match(askNow('any', [bound(throws, { negate: true })]), { result: 'error' })
  t.match(await ask('all', [bound(async () => { throw new Error('late') })]), { result: 'error', messages: ['late'] })
  t.match(askNow('all', [bound(() => { throw new Error('') })]), { result: 'error', messages: ['The policy failed'] })
  t.match(await ask('all', [bound(() => Promise.reject('no error'))]), { result: 'error', messages: ['The policy failed'] }) // eslint-disable-line prefer-promise-reject-errors
})

t.test('failure_result: takes the place of an error and is not negated (E7)', async (t) => {
  for (const negate of [false, true]) {
    t.match(askNow('any', [bound(throws, { failureResult: true, negate })]), { result: 'pass', messages: ['division by zero'] })
    t.match(askNow('any', [bound(throws, { failureResult: false, negate })]), { result: 'fail', messages: ['division by zero'] })
    t.match(await ask('any', [bound(never, { failureResult: true, negate, timeout: 1 })]), { result: 'pass' })
  }
  t.match(askNow('any', [bound(no, { failureResult: true })]), { result: 'fail' }, 'a verdict stays as it is')
})

t.test('error: what a policy in error counts as is not to be cached', async (t) => {
  for (const failureResult of [true, false]) {
    const outcome = askNow('all', [bound(throws, { failureResult }), bound(yes, { order: 1 })])
    t.match(outcome, { result: failureResult ? 'pass' : 'fail', pure: false })
  }
  t.equal(askNow('all', [bound(yes, { failureResult: false })]).pure, true)
})

t.test('timeout: an answer that is there too late is an error, although no timer could go off', async (t) => {
  let now = 0
  const after = (milliseconds: number): PolicyFunction => () => {
    now += milliseconds
    return true
  }
  const judge = (milliseconds: number, stated: Partial<PreparedBinding>) =>
    askNow('all', [bound(after(milliseconds), stated)], { clock: () => now })
  t.match(judge(1000, { timeout: 1000 }), { result: 'pass' })
  t.match(judge(1001, { timeout: 1000, negate: true }), { result: 'error', messages: ['No answer within 1 seconds'], pure: false })
  t.match(judge(1001, { timeout: 1000, failureResult: true }), { result: 'pass', verdicts: [{ faulty: true }] })
  t.match(judge(5, { timeout: 0 }), { result: 'pass' }, 'without any time what answers at once is in time')
})

t.test('nonsense: whatever is not a verdict is an error', async (t) => {
  const answers = ['null', '"yes"', '1', '0', '[]', '{}', '{"passing":"true"}', '{"passing":1}', '{"passing":true,"messages":"text"}',
    '{"passing":true,"messages":[1]}', '{"passing":true,"messages":null}', '{"messages":["text"]}']
  for (const answer of answers) {
    t.match(askNow('any', [bound(given(answer), { negate: true })]), { result: 'error', messages: ['The answer is not a verdict'] }, answer)
    t.match(await ask('all', [bound(async () => JSON.parse(answer))]), { result: 'error' }, answer)
  }
  t.match(askNow('any', [bound(() => JSON.parse('{}').nothing)]), { result: 'error' }, 'undefined')
})

t.test('answers that throw when they are read: an error at once, late or not, whatever is thrown', async (t) => {
  const { proxy: gone, revoke } = Proxy.revocable<string[]>([], {})
  revoke()
  const unreadable = (): PolicyAnswer => ({ get passing (): boolean { throw new Error('unreadable') } })
  t.match(askNow('any', [bound(unreadable)]), { result: 'error', messages: ['unreadable'] })
  t.match(await ask('any', [bound(async () => unreadable())]), { result: 'error', messages: ['unreadable'] })
  t.match(await ask('any', [bound(async () => ({ passing: true, messages: gone }))]), { result: 'error', pure: false })
  t.match(await ask('any', [bound(async () => unreadable(), { failureResult: false })]), { result: 'fail' })
  const silent = Object.defineProperty(new Error('shown'), 'message', { get () { throw new Error('in between') } })
  t.match(await ask('any', [bound(() => Promise.reject(silent))]), { result: 'error', messages: ['The policy failed'] })
  t.match(await ask('any', [bound(() => Promise.reject(gone))]), { result: 'error', messages: ['The policy failed'] })
  t.match(askNow('any', [bound(() => { throw gone })]), { result: 'error', messages: ['The policy failed'] })
})

t.test('answers are read once: what they say is what counts, not what they say the next time', async (t) => {
  let reads = 0
  const changing = (): PolicyAnswer => ({ get passing () { return ++reads === 1 }, get messages () { return [`read ${++reads}`] } })
  t.match(await ask('any', [bound(async () => changing())]), { result: 'pass', messages: ['read 2'] })
})

t.test('timeout: a policy that hangs is an error that says so, and is told', async (t) => {
  let signal: AbortSignal | undefined
  const hangs: PolicyFunction = (request) => {
    signal = request.signal
    return never(request)
  }
  const outcome = await ask('any', [bound(hangs, { timeout: 2 })])
  t.match(outcome, { result: 'error', messages: ['No answer within 0.002 seconds'], pure: false })
  t.equal(signal?.aborted, true)
})

t.test('timeout: an answer that comes after it changes nothing', async (t) => {
  let release: (answer: PolicyAnswer) => void = () => {}
  const late = new Promise<PolicyAnswer>((resolve) => { release = resolve })
  const outcome = await ask('all', [bound(() => late, { timeout: 1 })])
  const before = structuredClone(outcome)
  release(true)
  await late
  t.strictSame(outcome, before)
  t.equal(outcome.result, 'error')
})

t.test('cancellation: what has no answer when the outcome is decided is told so', async (t) => {
  for (const [mode, decisive] of [['any', true], ['all', false]] as const) {
    const signals: AbortSignal[] = []
    let asked: (() => AbortSignal) | undefined
    const watches: PolicyFunction = (request) => {
      signals.push(request.signal)
      return never(request)
    }
    const looksLater: PolicyFunction = (request) => {
      asked = () => request.signal
      return never(request)
    }
    const outcome = await ask(mode, [bound(watches), bound(async () => decisive), bound(looksLater)])
    t.equal(outcome.result, decisive ? 'pass' : 'fail', mode)
    t.strictSame(outcome.verdicts.map(({ result }) => result), ['cancelled', outcome.result, 'cancelled'])
    t.equal(outcome.pure, false, 'an outcome with a verdict missing is not to be cached')
    t.strictSame(signals.map(({ aborted }) => aborted), [true])
    t.equal(asked?.().aborted, true, 'who looks only afterwards sees it too')
  }
})

t.test('cancellation: a policy with an answer is not aborted, and all are started although the first decides', (t) => {
  const signals: AbortSignal[] = []
  const watches: PolicyFunction = (request) => {
    signals.push(request.signal)
    return { passing: true, messages: [`asked ${signals.length}`] }
  }
  t.strictSame(askNow('any', [bound(watches), bound(watches)]).messages, ['asked 1', 'asked 2'])
  t.strictSame(signals.map(({ aborted }) => aborted), [false, false])
  t.end()
})

t.test('combination: in any mode pass > error > fail, in all mode fail > error > pass, in any order and at any time', async (t) => {
  const policies: Record<string, PolicyFunction> = { pass: yes, fail: no, error: throws }
  const asked = fc.array(fc.record({ says: fc.constantFrom('pass', 'fail', 'error'), later: fc.boolean() }), { minLength: 1, maxLength: 6 })
  await fc.assert(fc.asyncProperty(fc.constantFrom('any' as const, 'all' as const), asked, async (mode, list) => {
    const outcome = await ask(mode, list.map(({ says, later }) => {
      const policy = policies[says] ?? throws
      return bound(later ? async (request) => await policy(request) : policy)
    }))
    const precedence = mode === 'any' ? ['pass', 'error', 'fail'] : ['fail', 'error', 'pass']
    const expected = precedence.find((result) => list.some(({ says }) => says === result))
    if (outcome.result !== expected) throw new Error(`${outcome.result} instead of ${expected}`)
    for (const [index, { result }] of outcome.verdicts.entries()) {
      if (result !== 'cancelled' && result !== list[index]?.says) throw new Error(`verdict ${index} is ${result}`)
    }
  }), { numRuns: 500 })
  t.pass('no combination differs')
})

t.test('static bindings: members and the same user pass (R1-R4, E10-E13)', (t) => {
  const parent = { pk: 'parent', name: 'parent', isSuperuser: false }
  const child = { pk: 'child', name: 'child', isSuperuser: false }
  const user: Subject = makeUser({ pk: 7, groups: [child, parent] })
  const inGroup = (pk: string) => bound(no, { kind: 'group', policy: groupMembership(pk) })
  const isUser = (pk: number | string) => bound(no, { kind: 'user', policy: sameUser(pk) })
  const outcome = (...bindings: PreparedBinding[]) => askNow('any', bindings, { user }).result
  t.equal(outcome(inGroup('child')), 'pass')
  t.equal(outcome(inGroup('parent')), 'pass', 'a member of a group below it')
  t.equal(outcome(inGroup('other')), 'fail')
  t.equal(outcome(isUser(7)), 'pass')
  t.equal(outcome(isUser(user.uuid)), 'pass')
  t.equal(outcome(isUser(8)), 'fail')
  t.equal(outcome(isUser('7')), 'fail', 'text is not a number')
  t.match(askNow('all', [inGroup('child'), inGroup('other')], { user }), { result: 'fail', messages: [] })
  t.match(askNow('any', [inGroup('child'), inGroup('other')], { user }), { result: 'pass', messages: [] })
  t.equal(askNow('any', [inGroup('child'), isUser(7)], { user: null }).result, 'fail', 'nobody is no member')
  t.end()
})

t.test('redaction: what was typed is in no message, of a verdict or of an error', (t) => {
  const outcome = askNow('all', [
    bound(() => ({ passing: false, messages: ['hunter2 is weak', 'hunter2 hunter2'] })),
    bound(() => { throw new Error('cannot read "hunter2"') })
  ], { secrets: () => ['hunter2', ''] })
  t.strictSame(outcome.messages, [`${MASK} is weak`, `${MASK} ${MASK}`, `cannot read "${MASK}"`])
  t.notMatch(JSON.stringify(outcome), 'hunter2')
  t.end()
})

t.test('redaction: secrets are asked for only where there is a message', (t) => {
  let asked = 0
  const secrets = () => {
    asked += 1
    return []
  }
  askNow('any', [bound(() => true)], { secrets })
  t.equal(asked, 0)
  askNow('any', [bound(yes)], { secrets })
  t.equal(asked, 1)
  t.end()
})

t.test('public messages: what an error says is for no stranger', (t) => {
  const outcome = askNow('all', [bound(no), bound(throws)])
  t.strictSame(outcome.messages, ['dummy', 'division by zero'])
  t.strictSame(publicMessages(outcome), ['dummy'])
  t.end()
})

t.test('execution logging: one entry for each verdict of a policy that asks for it (R11, R12)', (t) => {
  const logged: object[] = []
  const quiet = () => {}
  const log = { debug: quiet, warn: quiet, error: quiet, info: (details: object) => { logged.push(details) } }
  const { services, flow } = makeRequest({ services: { log } })
  const outcome = askNow('any', [bound(no, { logged: true }), bound(no)], { services, user: makeUser({ pk: 7 }) })
  t.strictSame(logged, [{ flow: flow.slug, user: 7, verdict: outcome.verdicts[0] }])
  askNow('any', [bound(no, { logged: true })], { services, user: null })
  t.match(logged[1], { user: null })
  t.end()
})

t.test('messages for anybody: not what has gone wrong in a policy, even where its failure result stands in', (t) => {
  const outcome = askNow('all', [bound(no), bound(throws, { failureResult: false })])
  t.equal(outcome.result, 'fail')
  t.strictSame(outcome.messages, ['dummy', 'division by zero'])
  t.strictSame(publicMessages(outcome), ['dummy'])
  t.end()
})

t.test('cancellation: a policy that was cancelled cannot change the plan any more', async (t) => {
  const inserted: unknown[] = []
  const { flow, context } = makeRequest()
  const note = (what: unknown) => inserted.push(what)
  const plan = { flow, context, insertStage: note, redirect: note }
  let late: (() => void) | undefined
  const keeps: PolicyFunction = async ({ plan }) => {
    late = () => plan?.redirect('/later')
    plan?.redirect('/in-time')
    return await never(makeRequest())
  }
  const outcome = await ask('any', [bound(keeps), bound(yes)], { plan })
  t.equal(outcome.result, 'pass')
  t.throws(() => late?.(), { code: 'FST_FLOW_PLAN' })
  t.strictSame(inserted, ['/in-time'])
})
