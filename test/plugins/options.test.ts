import t, { type Test } from 'tap'
import type { FlowPlannerOptions } from '../../plugins/index.js'
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
