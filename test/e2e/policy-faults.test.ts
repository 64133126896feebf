import t from 'tap'
import type { PolicyFunction } from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { guardedSignIn } from '../flows.js'

const nonsense = (value: unknown): PolicyFunction => () => JSON.parse(JSON.stringify({ value })).value

const FAULTS: Readonly<Record<string, PolicyFunction>> = {
  'a policy that throws': () => { throw new Error('broken') },
  'a policy that rejects': async () => await Promise.reject(new Error('broken')),
  'a policy that hangs': async () => await new Promise<boolean>(() => {}),
  'a policy that answers nothing': nonsense(undefined),
  'a policy that answers with a text': nonsense('yes'),
  'a policy that answers with a number': nonsense(1),
  'a policy that answers with half a verdict': nonsense({ passing: 'yes' }),
  'a policy that answers with null': nonsense(null)
}

for (const [what, guard] of Object.entries(FAULTS)) {
  t.test(`${what} on the password stage never lets anybody past it`, async (t) => {
    for (const evaluateOnPlan of [true, false]) {
      for (const mode of ['any', 'all'] as const) {
        for (const negate of [true, false]) {
          const app = await buildApp(t, {
            definitions: guardedSignIn({ evaluateOnPlan, mode, negate }),
            planner: { policies: { guard } },
            routes: (app) => { app.get('/who', async (request) => ({ user: request.flowUser?.username ?? null })) }
          })
          const client = new Client(app)
          const first = (await client.get('sign-in')).json()
          const last = evaluateOnPlan
            ? first
            : (await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })).json()
          t.equal(last.component, 'ak-stage-access-denied', `plan ${evaluateOnPlan}, ${mode}, negate ${negate}`)
          t.notMatch(JSON.stringify(last), /broken|admin/)
          t.equal((await client.request('GET', '/who')).json().user, null)
        }
      }
    }
  })
}
