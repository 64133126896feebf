// Compiled only: each line says which mistake the builder's types refuse.
import type { TObject, TString } from '@sinclair/typebox'
import { define, defineFlow, group, policy, prompt, stage, user } from '../../lib/builder/define.js'
import type { StageKind } from '../../lib/stages/stage-kind.js'

const login = { slug: 'login', name: 'Login', title: 'Welcome', designation: 'authentication' } as const
const staff = group('staff')
const dull = stage('dummy', 'dull')
const always = policy('dummy', 'always', { result: true })

// An option that the kind does not have.
// @ts-expect-error unknown stage option
stage('dummy', 'a', { throwErrors: true })
// @ts-expect-error unknown policy option
policy('reputation', 'a', { treshold: 1 })
// @ts-expect-error an option of another type
stage('password', 'a', { failedAttemptsBeforeCancel: '5' })
// @ts-expect-error an option with a value that there is not
stage('consent', 'a', { mode: 'sometimes' })

// A kind that there is not.
// @ts-expect-error unknown stage kind
stage('dumy', 'a')
// @ts-expect-error unknown policy kind
policy('expresion', 'a', { expression: 'true' })

// Options that have no default have to be stated.
// @ts-expect-error digits are missing
stage('authenticator_totp', 'a')
// @ts-expect-error fields are missing
stage('prompt', 'a', { validationPolicies: [] })
// @ts-expect-error the expression is missing
policy('expression', 'a', { language: 'cel' })
// @ts-expect-error the type is missing
prompt('a', { fieldKey: 'a', label: 'A' })

// References point at what they may point at.
// @ts-expect-error a group is no stage
stage('identification', 'a', { passwordStage: staff })
// @ts-expect-error a stage is no prompt
stage('prompt', 'a', { fields: [dull] })
// @ts-expect-error a policy is no group
user('a', { groups: [always] })
// @ts-expect-error a stage is no policy
defineFlow({ ...login, policies: [dull] })

// @ts-expect-error a policy mode that does not exist
defineFlow({ ...login, policyEngineMode: 'most' })
// @ts-expect-error a policy mode that does not exist
defineFlow({ ...login, stages: [{ stage: dull, policyEngineMode: 'none' }] })
// @ts-expect-error a designation that does not exist
defineFlow({ ...login, designation: 'login' })
// @ts-expect-error an unknown field of a flow
defineFlow({ ...login, layuot: 'stacked' })
// @ts-expect-error an unknown field of a stage binding
defineFlow({ ...login, stages: [{ stage: dull, reevaluatePolicies: true }] })
// @ts-expect-error a policy binding asks one thing
defineFlow({ ...login, policies: [{ policy: always, group: staff }] })
// @ts-expect-error a policy binding asks something
defineFlow({ ...login, policies: [{ negate: true }] })
// @ts-expect-error definitions are made of specs
define({ slug: 'login' })

// What is right compiles.
declare const greet: StageKind<TObject<{ greeting: TString }>>
stage(greet, 'a', { greeting: 'Hello' })
// @ts-expect-error unknown option of a kind that is given as an object
stage(greet, 'a', { greting: 'Hello' })
stage('user_logout', 'a')
stage('identification', 'a', { userFields: ['email'], passwordStage: stage('password', 'b') })
stage('authenticator_totp', 'a', { digits: 6, configureFlow: defineFlow(login) })
policy('expression', 'a', { expression: 'true', language: 'cel', executionLogging: true })
