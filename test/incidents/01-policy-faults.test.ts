import type { FastifyInstance } from 'fastify'
import t from 'tap'
import type { Definitions, PolicyFunction } from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { guardedSignIn, PASSWORD } from '../flows.js'

/** A policy that does not keep to its type, as one written in JavaScript may. */
const answering = (value: unknown): PolicyFunction => {
  const box: object = { value }
  return () => Reflect.get(box, 'value')
}

const answeringLate = (value: unknown): PolicyFunction => {
  const now = answering(value)
  return async (request) => await Promise.resolve(now(request))
}

/** A list that nobody can read any more. */
function revoked (): unknown {
  const { proxy, revoke } = Proxy.revocable([], {})
  revoke()
  return proxy
}

class Unreadable extends Error {
  override get message (): string { throw new Error('broken') }
}

const FAULTS: Readonly<Record<string, PolicyFunction>> = {
  'a policy that throws': () => { throw new Error('broken') },
  'a policy that throws what is no error': () => {
    const nothing: unknown = undefined
    throw nothing
  },
  'a policy that rejects': async () => await Promise.reject(new Error('broken')),
  'a policy that hangs': async () => await new Promise<boolean>(() => {}),
  'a policy that answers nothing': answering(undefined),
  'a policy that answers nothing, late': answeringLate(undefined),
  'a policy that answers with null': answering(null),
  'a policy that answers with a text': answering('yes'),
  'a policy that answers with a text, late': answeringLate('no'),
  'a policy that answers with one': answering(1),
  'a policy that answers with zero': answering(0),
  'a policy that answers with NaN': answering(NaN),
  'a policy that answers with an object that is no verdict': answering({}),
  'a policy that answers with a list': answering([true]),
  'a policy that answers with half a verdict': answering({ passing: 'x' }),
  'a policy that answers with wrong messages': answering({ passing: false, messages: 'broken' }),
  'a policy that answers with a function': answering(() => false),
  'a policy whose answer throws when it is read': answering({ get passing () { throw new Error('broken') } }),
  'a policy whose answer throws when it is read, late': answeringLate({ get passing () { throw new Error('broken') } }),
  'a policy whose messages are gone when they are read, late': answeringLate({ passing: true, messages: revoked() }),
  'a policy that rejects with what throws when it is read': async () => await Promise.reject(new Unreadable()),
  'a policy that rejects with what is gone': async () => await Promise.reject(Object(revoked())),
  'a policy that leaves what cannot be read in the context': async ({ context }) => {
    context['gone'] = revoked()
    throw new Error('broken')
  }
}

/** The same definitions, the policies asked again when the turn of what they guard comes, or not. */
function askAgain (definitions: Definitions, reEvaluatePolicies: boolean): Definitions {
  const guarded = new Set(definitions.policyBindings.map(({ target }) => target))
  const bindings = definitions.bindings.map((binding) =>
    guarded.has(binding.pk) ? { ...binding, reEvaluatePolicies } : binding)
  return { ...definitions, bindings }
}

/** Whoever is signed in, at `/who`. */
const routes = (app: FastifyInstance): void => {
  app.get('/who', async (request) => ({ user: request.flowUser?.username ?? null }))
}

for (const [what, guard] of Object.entries(FAULTS)) {
  t.test(`1: ${what} on the password stage never lets anybody past it`, async (t) => {
    const definitions = guardedSignIn({ evaluateOnPlan: true, mode: 'any', negate: false })
    const app = await buildApp(t, { definitions, planner: { policies: { guard } }, routes })
    for (const [evaluateOnPlan, again] of [[true, false], [false, true], [true, true]] as const) {
      for (const mode of ['any', 'all'] as const) {
        for (const negate of [true, false]) {
          app.flows.replaceDefinitions(askAgain(guardedSignIn({ evaluateOnPlan, mode, negate }), again))
          const client = new Client(app)
          const first = (await client.get('sign-in')).json()
          const last = evaluateOnPlan
            ? first
            : (await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })).json()
          t.equal(last.component, 'ak-stage-access-denied', `plan ${evaluateOnPlan}, again ${again}, ${mode}, negate ${negate}`)
          t.notMatch(JSON.stringify(last), /broken|admin/)
          t.equal((await client.request('GET', '/who')).json().user, null)
        }
      }
    }
  })
}

t.test('1: a policy that breaks only when its turn comes never lets anybody past the password', async (t) => {
  let asked = 0
  let guard: PolicyFunction = () => true
  const app = await buildApp(t, {
    definitions: guardedSignIn({ evaluateOnPlan: true, mode: 'any', negate: false }),
    planner: { policies: { guard: (request) => guard(request) } },
    routes
  })
  for (const [what, fault] of Object.entries(FAULTS)) {
    for (const mode of ['any', 'all'] as const) {
      for (const negate of [true, false]) {
        app.flows.replaceDefinitions(askAgain(guardedSignIn({ evaluateOnPlan: true, mode, negate }), true))
        asked = 0
        guard = (request) => {
          asked += 1
          return asked === 1 ? !negate : fault(request)
        }
        const client = new Client(app)
        t.equal((await client.get('sign-in')).json().component, 'ak-stage-identification')
        const last = await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })
        t.equal(last.json().component, 'ak-stage-access-denied', `${what}, ${mode}, negate ${negate}`)
        t.equal(asked, 2)
        t.equal((await client.request('GET', '/who')).json().user, null)
      }
    }
  }
})

t.test('1: the same sign-in with a policy that answers asks for the password, and takes it', async (t) => {
  const app = await buildApp(t, {
    definitions: guardedSignIn({ evaluateOnPlan: false, mode: 'all', negate: false }), planner: { policies: { guard: () => true } }, routes
  })
  const client = new Client(app)
  await client.get('sign-in')
  const asked = await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })
  t.equal(asked.json().component, 'ak-stage-password')
  t.equal((await client.post('sign-in', { component: 'ak-stage-password', password: PASSWORD })).json().component, 'xak-flow-redirect')
  t.equal((await client.request('GET', '/who')).json().user, 'admin')
})

t.test('1: whoever may inspect the run is told which policy broke', async (t) => {
  const app = await buildApp(t, {
    definitions: guardedSignIn({ evaluateOnPlan: false, mode: 'any', negate: false }),
    planner: { policies: { guard: () => { throw new Error('no connection to the list') } } }
  })
  const client = new Client(app)
  await client.get('sign-in')
  await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })
  const told = (await client.request('GET', '/api/v3/flows/inspector/sign-in/explain/')).json()
  const bindings: { stage: { name: string }, state: string, policies: unknown[] }[] = told.bindings
  const guarded = bindings.find(({ stage }) => stage.name === 'password')
  t.match(guarded, { policies: [{ name: 'guard', result: 'error', verdicts: [{ result: 'error' }] }] })
  t.not(guarded?.state, 'passed')
  t.notMatch(JSON.stringify(bindings.filter(({ stage }) => stage.name === 'login')), /"state":"passed"/)
})
