import t from 'tap'
import { define, defineFlow, group, stage, user } from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'

t.test('policy explanations: groups by name, users by username where they are defined, and else as they are named', async (t) => {
  const definitions = define(defineFlow({
    slug: 'walk',
    name: 'Walk',
    title: 'A walk',
    designation: 'authorization',
    policies: [{ user: user('alice') }, { user: user('alice'), negate: true }],
    policyEngineMode: 'any',
    stages: [
      { stage: stage('dummy', 'first'), policies: [{ user: user('alice') }, { group: group('staff') }, { user: 7 }], evaluateOnPlan: true },
      stage('dummy', 'last')
    ]
  }))
  const client = new Client(await buildApp(t, { definitions }))
  await client.get('walk')
  const explained = (await client.request('GET', '/api/v3/flows/inspector/walk/explain/')).json()
  t.match(explained, {
    planning: {
      reason: "The flow applies: 'alice' failed; 'alice' passed (negated).",
      policies: [{ name: 'alice', kind: 'user' }, { name: 'alice', kind: 'user' }]
    },
    bindings: [{
      reason: "Left out while the flow was planned: 'alice' failed; 'staff' failed; '7' failed.",
      policies: [{ name: 'alice', kind: 'user' }, { name: 'staff', kind: 'group' }, { name: '7', kind: 'user' }]
    }]
  })
})
