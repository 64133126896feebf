import cookie from '@fastify/cookie'
import session from '@fastify/session'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import flowPlanner, { type FlowPlannerOptions } from '../../plugins/index.js'
import { buildApp } from '../app.js'
import { signInAndOut } from '../flows.js'

async function isRefused (t: Test, planner: Partial<FlowPlannerOptions>, option: string, what = ''): Promise<void> {
  const message = `option '${option}': ${what}`
  await t.rejects(buildApp(t, { definitions: signInAndOut, planner }), { code: 'FST_FLOW_OPTIONS', message }, message)
}

t.test('options: a default redirect must be an own path, as a browser reads it', async (t) => {
  for (const path of ['', 'home', '//evil.example', '/\\evil.example', '/%5cevil.example', '/\t/evil.example', '/a\nb', '/a\ud800', 'https://evil.example']) {
    await isRefused(t, { defaultRedirect: path }, 'defaultRedirect')
  }
  await buildApp(t, { definitions: signInAndOut, planner: { defaultRedirect: '/über?a=//b#c' } })
})

t.test('options: the flow that signs people in must be there', async (t) => {
  await isRefused(t, { signInFlow: 'sign_in' }, 'signInFlow')
  await buildApp(t, { definitions: signInAndOut, planner: { signInFlow: 'sign-out' } })
})

/** What each store must be able to do. */
const METHODS = {
  users: ['get', 'find', 'verifyPassword', 'create', 'update', 'setPassword', 'delete', 'devices', 'addDevice', 'useTotpStep',
    'useStaticToken', 'consent', 'saveConsent'],
  reputation: ['adjust', 'score'],
  runs: ['load', 'create', 'compareAndSet', 'delete'],
  signIns: ['load', 'create', 'replace', 'delete', 'deleteAllOf'],
  attempts: ['take', 'giveBack']
}

t.test('options: a store has the methods of a store', async (t) => {
  for (const [store, methods] of Object.entries(METHODS)) {
    const whole = Object.fromEntries(methods.map((method) => [method, () => undefined]))
    for (const method of methods) {
      for (const wrong of [undefined, 'text']) {
        await isRefused(t, { [store]: Object({ ...whole, [method]: wrong }) }, store, `must have the method '${method}'`)
      }
    }
    await buildApp(t, { definitions: signInAndOut, planner: { [store]: Object(whole) } })
  }
})

/** An app with the plugin in a scope of its own. */
async function scoped (t: Test, scopePrefix: string, prefix: string): Promise<void> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(cookie)
  await app.register(session, { secret: 'a secret of at least thirty-two characters' })
  await app.register(async (scope) => {
    await scope.register(flowPlanner, { definitions: signInAndOut, pages: false, prefix })
  }, { prefix: scopePrefix })
  await app.ready()
}

t.test('options: a prefix, which the URLs of the pages do not have, is refused', async (t) => {
  const refused = { code: 'FST_FLOW_OPTIONS', message: /^option 'prefix': register the plugin without one/ }
  await t.rejects(scoped(t, '/auth', ''), refused, "the scope's")
  await t.rejects(scoped(t, '', '/auth'), refused, "the plugin's own, which Fastify would pass over")
  await scoped(t, '', '')
})
