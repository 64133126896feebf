import { Type, type TObject, type TUnsafe } from '@sinclair/typebox'
import t, { type Test } from 'tap'
import {
  denied, passed, redirected, refused, refusedFinally, stage, Sensitive, switched, type StageKind, type StageResult
} from '../../plugins/index.js'
import { MASK } from '../../lib/context/sensitive.js'
import { readEntry, readResult } from '../../lib/executor/result-reading.js'
import type { Client } from '../app.js'
import { OWN_KIND, visitorOf } from './own-stage.js'

/** What a kind gives that was written without types. */
const untyped = (value: unknown): StageResult => Reflect.get(Object({ value }), 'value')

function revoked (): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const NO_RESULTS: Readonly<Record<string, unknown>> = {
  nothing: null,
  'a text': 'passed',
  true: true,
  'an object': {},
  'a result of no known kind': { kind: 'pass' },
  'a refusal without its faults': { kind: 'refused', final: false },
  'a refusal with faults that are none': { kind: 'refused', faults: [null], final: false },
  'a refusal with a fault without a text': { kind: 'refused', faults: [{ field: null, code: 'invalid' }], final: false },
  'a refusal that does not say whether it is final': { kind: 'refused', faults: [] },
  'a denial without its message': { kind: 'denied' },
  'a redirect to nowhere': { kind: 'redirected' },
  'a switch to nothing': { kind: 'switched', keepContext: true },
  'a result that throws when it is read': { get kind (): string { throw new Error('broken') } },
  'a result that is gone': revoked()
}

t.test('results: each is read as it is, and what is none is refused', async (t) => {
  for (const result of [passed(), refused('no'), refusedFinally('no', 'code'), denied(), redirected('/there'), switched('other', true)]) {
    t.strictSame(readResult(result), result)
    t.strictSame(readEntry(result), result)
  }
  t.equal(readEntry(undefined), undefined)
  for (const [what, value] of Object.entries(NO_RESULTS)) t.throws(() => readResult(value), what)
  t.throws(() => readResult(undefined), TypeError)
})

async function visit (t: Test, kind: StageKind): Promise<Client> {
  const client = await visitorOf(t, kind, [stage('dummy', 'before'), stage(kind, 'own'), stage('dummy', 'behind')])
  await client.get('walk')
  return client
}

t.test('a stage without a challenge that gives no result has failed: the walk neither goes on nor round and round', async (t) => {
  for (const [what, value] of Object.entries(NO_RESULTS)) {
    const client = await visit(t, { ...OWN_KIND, enter: async () => untyped(value) })
    const reply = await client.post('walk', { component: 'ak-stage-dummy' })
    t.equal(reply.statusCode, 200, what)
    t.match(reply.json(), { component: 'ak-stage-flow-error', request_id: String })
    t.notMatch(reply.body, /broken/)
  }
})

t.test('a stage that gives no result for an answer has failed, and stays where it is', async (t) => {
  for (const [what, value] of Object.entries({ ...NO_RESULTS, undefined })) {
    const client = await visit(t, { ...OWN_KIND, respond: () => untyped(value) })
    await client.post('walk', { component: 'ak-stage-dummy' })
    const reply = await client.post('walk', { component: 'test-own' })
    t.equal(reply.statusCode, 200, what)
    t.match(reply.json(), { component: 'ak-stage-flow-error' })
    t.match((await client.get('walk')).json(), { component: 'test-own' })
  }
})

t.test('a stage whose challenge or guess cannot be read has failed', async (t) => {
  const challengeSchema = Type.Object({ text: Type.String() })
  const own = { ...OWN_KIND, challengeSchema, respond: passed }
  const silent = await visit(t, { ...own, challenge: () => ({ get text (): string { throw new Error('broken') } }) })
  t.match((await silent.post('walk', { component: 'ak-stage-dummy' })).json(), { component: 'ak-stage-flow-error' })
  const guessing = await visit(t, {
    ...own, challenge: () => ({ text: 'say' }), guess: () => ({ get identifier (): string { throw new Error('broken') } })
  })
  t.match((await guessing.post('walk', { component: 'ak-stage-dummy' })).json(), { component: 'test-own', text: 'say' })
  t.match((await guessing.post('walk', { component: 'test-own' })).json(), { component: 'ak-stage-flow-error' })
  t.match((await guessing.get('walk')).json(), { component: 'test-own' })
})

t.test('results: what was typed as a secret is in no text that a kind of the host gives, for it goes into the history', async (t) => {
  const pinStage = {
    ...OWN_KIND,
    challengeSchema: Type.Object({}),
    answerSchema: Type.Object({ pin: Type.Unsafe<Sensitive>(Type.String({ sensitive: true })) }),
    challenge: () => ({}),
    respond: (_turn, { pin }) => {
      const text = pin.reveal() ?? ''
      return text.startsWith('bad') ? denied(`'${text}' is not good`) : refused(`'${text}' is too weak, 'abc' as well`, 'pin')
    }
  } satisfies StageKind<typeof OWN_KIND.options, TObject, TObject<{ pin: TUnsafe<Sensitive> }>>
  const client = await visitorOf(t, pinStage, [stage(pinStage, 'pin'), stage('dummy', 'end')])
  await client.get('walk')
  const answer = async (pin: string) => (await client.post('walk', { component: 'test-own', pin })).json()
  t.match(await answer('canary-4711'), { response_errors: { pin: [{ string: `'${MASK}' is too weak, 'abc' as well` }] } })
  t.match(await answer('abc'), { response_errors: { pin: [{ string: "'abc' is too weak, 'abc' as well" }] } },
    'what is so short that any text may hold it is left')
  t.match(await answer('bad-canary-4711'), { component: 'ak-stage-access-denied', error_message: `'${MASK}' is not good` })
  const { body } = await client.request('GET', '/api/v3/flows/inspector/walk/explain/')
  t.match(body, /is too weak/)
  t.notMatch(body, /canary/)
})
