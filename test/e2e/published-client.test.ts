import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Value } from '@sinclair/typebox/value'
import t, { type Test } from 'tap'
import { builtInPolicyKinds, builtInStageKinds, InspectionSchema, loadBlueprints, type BlueprintFile } from '../../plugins/index.js'
import { buildApp } from '../app.js'

const require = createRequire(import.meta.url)
const { Configuration, FlowsApi } = require('@goauthentik/api')

const USER: BlueprintFile = {
  path: 'user.yaml',
  text: `
version: 1
metadata: { name: user }
entries:
- { model: authentik_core.user, identifiers: { username: jens }, attrs: { email: jens@example.com, password: a good password } }
`
}

/** A flow of the same shape as the original's default authentication flow, under the same names. */
const COPY: BlueprintFile = {
  path: 'copy.yaml',
  text: `
version: 1
metadata: { name: copy }
entries:
- model: authentik_flows.flow
  id: flow
  identifiers: { slug: default-authentication-flow }
  attrs: { designation: authentication, name: Welcome, title: Welcome, authentication: none }
- model: authentik_stages_password.passwordstage
  id: password
  identifiers: { name: default-authentication-password }
  attrs: { backends: [authentik.core.auth.InbuiltBackend] }
- { model: authentik_stages_authenticator_validate.authenticatorvalidatestage, id: mfa, identifiers: { name: default-authentication-mfa-validation } }
- model: authentik_stages_identification.identificationstage
  id: who
  identifiers: { name: default-authentication-identification }
  attrs: { user_fields: [email, username] }
- { model: authentik_stages_user_login.userloginstage, id: login, identifiers: { name: default-authentication-login } }
- { model: authentik_flows.flowstagebinding, identifiers: { order: 10, stage: !KeyOf who, target: !KeyOf flow } }
- { model: authentik_flows.flowstagebinding, id: guarded, identifiers: { order: 20, stage: !KeyOf password, target: !KeyOf flow } }
- { model: authentik_flows.flowstagebinding, identifiers: { order: 30, stage: !KeyOf mfa, target: !KeyOf flow } }
- { model: authentik_flows.flowstagebinding, identifiers: { order: 100, stage: !KeyOf login, target: !KeyOf flow } }
- model: authentik_policies_expression.expressionpolicy
  id: needed
  identifiers: { name: default-authentication-flow-password-stage }
  attrs: { expression: supplied by the package }
- { model: authentik_policies.policybinding, identifiers: { order: 10, target: !KeyOf guarded, policy: !KeyOf needed } }
`
}

const SLUG = { flowSlug: 'default-authentication-flow' }

async function walk (t: Test, files: readonly BlueprintFile[]): Promise<void> {
  const { definitions } = loadBlueprints([USER, ...files], { stageKinds: builtInStageKinds, policyKinds: builtInPolicyKinds })
  const app = await buildApp(t, { definitions })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  let cookie = ''
  const bodies: unknown[] = []
  const api = new FlowsApi(new Configuration({
    basePath: `${url}/api/v3`,
    fetchApi: async (input: string, init: RequestInit) => {
      const response = await fetch(input, { ...init, headers: { ...init.headers, cookie } })
      cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
      if (input.includes('/inspector/')) bodies.push(await response.clone().json())
      return response
    }
  }))
  const solve = async (flowChallengeResponseRequest: object) =>
    await api.flowsExecutorSolve({ ...SLUG, query: '', flowChallengeResponseRequest })
  const stages = async () => {
    const inspection = await api.flowsInspectorGet(SLUG)
    return {
      passed: inspection.plans.map((plan: { currentStage: { stageObj: { name: string } } }) => plan.currentStage.stageObj.name),
      current: inspection.currentPlan.currentStage.stageObj.name,
      done: inspection.isCompleted
    }
  }

  t.match(await api.flowsExecutorGet({ ...SLUG, query: '' }), { component: 'ak-stage-identification', userFields: ['email', 'username'] })
  t.strictSame(await stages(), { passed: [], current: 'default-authentication-identification', done: false })
  t.match(await solve({ component: 'ak-stage-identification', uidField: 'jens' }), { component: 'ak-stage-password', pendingUser: 'jens' })
  t.strictSame(await stages(),
    { passed: ['default-authentication-identification'], current: 'default-authentication-password', done: false })
  t.match(await solve({ component: 'ak-stage-password', password: 'wrong' }), { responseErrors: { password: [{ code: 'invalid' }] } })
  t.match(await solve({ component: 'ak-stage-password', password: 'a good password' }), { component: 'xak-flow-redirect', to: '/' })
  t.strictSame(await stages(), {
    passed: ['default-authentication-identification', 'default-authentication-password',
      'default-authentication-mfa-validation', 'default-authentication-login'],
    current: 'default-authentication-login',
    done: true
  })
  t.equal(bodies.length, 3)
  for (const body of bodies) t.strictSame([...Value.Errors(InspectionSchema, body)], [])
}

t.test('the published client walks a flow of the shape of the default authentication flow', async (t) => {
  await walk(t, [COPY])
})

t.test('the published client walks the default authentication flow itself', async (t) => {
  const folder = new URL('../../../shared/blueprints/authentik/', import.meta.url)
  if (!existsSync(folder)) {
    t.comment('not run: the original blueprints are not here')
    return
  }
  await walk(t, ['flow-default-authentication-flow.yaml', 'flow-password-change.yaml'].map((path) =>
    ({ path, text: readFileSync(new URL(path, folder), 'utf8') })))
})
