import t from 'tap'
import { define } from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { SlowSerialisingStore } from '../e2e/session-store.js'
import { dummies } from '../flows.js'

for (const rolling of [true, false]) {
  t.test(`5: inspecting while an answer advances changes nothing, on a slow store that serialises: rolling ${rolling}`, async (t) => {
    let hold: Promise<void> | undefined
    let entered = (): void => {}
    const app = await buildApp(t, {
      definitions: define(dummies('walk', 'one', 'two', 'three')),
      session: { store: new SlowSerialisingStore(), rolling },
      planner: {
        canInspect: async () => {
          entered()
          await hold
          return true
        }
      }
    })
    const client = new Client(app)
    await client.get('walk')
    const { cookie } = client
    for (const [passed, name] of [[1, 'walk two'], [2, 'walk three']] as const) {
      // The inspector has read the session and waits; the answer comes, is taken and is written; then the inspector ends.
      let release = (): void => {}
      hold = new Promise((resolve) => { release = resolve })
      const isInside = new Promise<void>((resolve) => { entered = resolve })
      const inspecting = new Client(app, cookie).inspect('walk')
      await isInside
      t.equal((await new Client(app, cookie).post('walk', { component: 'ak-stage-dummy' })).json().name, name)
      release()
      const inspected = await inspecting
      t.equal(inspected.statusCode, 200)
      t.equal(inspected.headers['set-cookie'], undefined)
      t.equal(inspected.headers['cache-control'], 'no-store')
      hold = undefined
      const now = (await new Client(app, cookie).inspect('walk')).json()
      t.equal(now.plans.length, passed, 'the run has not gone back')
      t.equal((await new Client(app, cookie).get('walk')).json().name, name)
    }
  })
}
