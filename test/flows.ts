import { define, defineFlow, group, policy, stage, user, type Definitions, type FlowSpec } from '../plugins/index.js'

export const PASSWORD = 'correct horse battery'

export const admins = group('admins', { isSuperuser: true })

/** Somebody who may do everything. */
export const admin = user('admin', { name: 'Ada Admin', email: 'ada@example.com', password: PASSWORD, groups: [admins] })

/** A flow of dummy stages, one for each name. */
export function dummies (slug: string, ...names: readonly string[]): FlowSpec {
  return defineFlow({
    slug, name: slug, title: slug, designation: 'stage_configuration', stages: names.map((name) => stage('dummy', `${slug} ${name}`))
  })
}

/** A sign-in whose password stage is guarded by a host's policy named `guard`. */
export function guardedSignIn (binding: { evaluateOnPlan: boolean, mode: 'any' | 'all', negate: boolean }): Definitions {
  return define(admin, defineFlow({
    slug: 'sign-in',
    name: 'Sign in',
    title: 'Welcome',
    designation: 'authentication',
    stages: [
      stage('identification', 'who', { userFields: ['username'] }),
      {
        stage: stage('password', 'password'),
        evaluateOnPlan: binding.evaluateOnPlan,
        reEvaluatePolicies: !binding.evaluateOnPlan,
        policyEngineMode: binding.mode,
        policies: [{ policy: policy('expression', 'guard', { expression: 'host' }), negate: binding.negate, timeout: 0 }]
      },
      stage('user_login', 'login')
    ]
  }))
}

/** An ordinary sign-in and sign-out. */
export const signInAndOut: Definitions = define(
  admin,
  defineFlow({
    slug: 'sign-in',
    name: 'Sign in',
    title: 'Welcome',
    designation: 'authentication',
    stages: [stage('identification', 'who', { userFields: ['username'] }), stage('password', 'password'), stage('user_login', 'login')]
  }),
  defineFlow({ slug: 'sign-out', name: 'Sign out', title: 'Bye', designation: 'invalidation', stages: [stage('user_logout', 'logout')] })
)
