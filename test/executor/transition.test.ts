import t, { type Test } from 'tap'
import { passed, refused, stage, type StageBinding, type StageKind } from '../../plugins/index.js'
import type { Client } from '../app.js'
import { OWN_KIND, visitorOf } from './own-stage.js'

type Binding = Partial<Pick<StageBinding, 'invalidResponseAction'>>

async function visit (t: Test, kind: StageKind, count = 1, binding: Binding = {}): Promise<Client> {
  const own = Array.from({ length: count }, (_, index) => ({ stage: stage(kind, `own ${index}`), ...binding }))
  return await visitorOf(t, kind, [...own, stage('dummy', 'behind')])
}

/** Refuses to be entered, so and so often. */
function refusing (times: number): StageKind & { entered: number } {
  return {
    ...OWN_KIND,
    entered: 0,
    enter () {
      this.entered += 1
      return this.entered > times ? passed() : refused('Not now.')
    }
  }
}

t.test('a stage that refuses to be entered is denied: nobody has answered, so there is nothing to be tried again', async (t) => {
  for (const respond of [undefined, passed]) {
    const kind = refusing(50)
    const client = await visit(t, respond === undefined ? kind : Object.assign(kind, { respond }))
    t.match((await client.get('walk')).json(), { component: 'ak-stage-access-denied' })
    t.equal(kind.entered, 1)
  }
})

t.test('a stage that refuses to be entered restarts the flow where its binding says so, and not for ever', async (t) => {
  const once = refusing(1)
  const client = await visit(t, once, 1, { invalidResponseAction: 'restart' })
  t.match((await client.get('walk')).json(), { component: 'ak-stage-dummy' })
  t.equal(once.entered, 2)
  const always = refusing(Infinity)
  const other = await visit(t, always, 1, { invalidResponseAction: 'restart_with_context' })
  t.match((await other.get('walk')).json(), { component: 'ak-stage-access-denied' })
  t.equal(always.entered, 11, 'the first time, and ten restarts')
})

t.test('thousands of stages that pass as they are entered are walked in one request', async (t) => {
  for (const enter of [() => passed(), async () => passed()]) {
    const client = await visit(t, { ...OWN_KIND, enter }, 5000)
    t.match((await client.get('walk')).json(), { component: 'ak-stage-dummy' })
  }
})
