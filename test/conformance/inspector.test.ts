import t from 'tap'
import { define, joinDefinitions, stage } from '../../plugins/index.js'
import { PASSWORD, signInAndOut } from '../flows.js'
import { COMPLETES, flowOf, visit } from './visitor.js'

/** The flow of the original's test: identification and a dummy stage of the same order, walked by an administrator. */
const walked = joinDefinitions(signInAndOut, define(flowOf([
  { stage: stage('identification', 'ident', { userFields: ['username'] }), order: 1, invalidResponseAction: 'restart_with_context' },
  { stage: stage('dummy', 'dummy2'), order: 1 }
], { designation: 'authentication', title: 'Sign in' })))

t.test('I1 the first challenge is the object of the original', async (t) => {
  const visitor = await visit(t, walked)
  await visitor.signIn('admin', PASSWORD)
  const { flow_info: info, ...challenge } = await visitor.see('flow')
  t.strictSame(challenge, {
    allow_show_password: false,
    component: 'ak-stage-identification',
    flow_designation: 'authentication',
    password_fields: false,
    primary_action: 'Log in',
    sources: [],
    show_source_labels: false,
    user_fields: ['username']
  })
  t.match(info, {
    background: '/static/dist/assets/images/flow_background.jpg', cancel_url: '/flows/-/cancel/', title: 'Sign in', layout: 'stacked'
  })
})

t.test('I2 I3 the inspector shows the stage that is current and the next one, then the frame of the first', async (t) => {
  const visitor = await visit(t, walked)
  await visitor.signIn('admin', PASSWORD)
  await visitor.see('flow')
  t.match(await visitor.inspected('flow'), {
    is_completed: false,
    plans: [],
    current_plan: { current_stage: { stage_obj: { name: 'ident' } }, next_planned_stage: { stage_obj: { name: 'dummy2' } } }
  })
  t.match(await visitor.answer('flow', 'ak-stage-identification', { uid_field: 'admin' }), { component: 'ak-stage-dummy', name: 'dummy2' })
  t.match(await visitor.inspected('flow'), {
    is_completed: false,
    plans: [{ current_stage: { stage_obj: { name: 'ident' } } }],
    current_plan: { current_stage: { stage_obj: { name: 'dummy2' } }, plan_context: { pending_user: { username: 'admin' } } }
  })
})

t.test('I4 on the last stage no next stage is shown, and at the end the last frame is the current plan', async (t) => {
  const visitor = await visit(t, walked)
  await visitor.see('flow')
  await visitor.answer('flow', 'ak-stage-identification', { uid_field: 'admin' })
  const onLast = await visitor.inspected('flow')
  t.notOk(onLast.current_plan?.next_planned_stage)
  t.strictSame(await visitor.pass('flow'), COMPLETES)
  const ended = await visitor.inspected('flow')
  t.equal(ended.is_completed, true)
  t.strictSame(ended.plans.map(({ current_stage: binding }) => binding.stage_obj.name), ['ident', 'dummy2'])
  t.strictSame(ended.current_plan, ended.plans[1])
})
