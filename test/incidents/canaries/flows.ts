import { define, defineFlow, prompt, stage, user, type Definitions, type Prompt } from '../../../plugins/index.js'

/** What can be asked for in a form, each under a key that the contract calls secret, and what else is needed to answer it. */
export const PROMPT_TYPES = [
  'text', 'text_area', 'text_read_only', 'text_area_read_only', 'username', 'email', 'password', 'number', 'checkbox',
  'radio-button-group', 'dropdown', 'date', 'date-time', 'file', 'separator', 'hidden', 'static', 'ak-locale'
] as const satisfies readonly Prompt['type'][]

export const keyOf = (type: Prompt['type']): string => `secret_${type}`

/** Flows with every kind of stage that the package brings; their users are those of the tests. */
export function everyStage (password: string): Definitions {
  const who = stage('identification', 'who', { userFields: ['username'] })
  const check = stage('password', 'check')
  const flow = (
    slug: string, designation: Parameters<typeof defineFlow>[0]['designation'], stages: Parameters<typeof defineFlow>[0]['stages'] = []
  ) => defineFlow({ slug, name: slug, title: slug, designation, stages })
  return define(
    user('alice', { password }),
    flow('embedded', 'authentication', [
      stage('identification', 'who and password', { userFields: ['username'], passwordStage: check }),
      stage('user_login', 'remembering', { rememberMeOffset: 'hours=1' }),
      stage('redirect', 'away', { mode: 'static', targetStatic: '/home' })
    ]),
    flow('plain', 'authentication', [who, check, stage('user_login', 'login')]),
    flow('totp', 'stage_configuration', [who, stage('authenticator_totp', 'totp', { digits: 8 }), stage('dummy', 'end of totp')]),
    flow('static', 'stage_configuration', [who, stage('authenticator_static', 'static'), stage('dummy', 'end of static')]),
    flow('second', 'authentication', [who, stage('authenticator_validate', 'mfa'), stage('dummy', 'end of second')]),
    flow('enrol', 'enrollment', [
      stage('prompt', 'ask', {
        fields: [
          prompt('username', { fieldKey: 'username', label: 'Username', type: 'username' }),
          prompt('password', { fieldKey: 'password', label: 'Password', type: 'password' }),
          prompt('repeated', { fieldKey: 'password_repeat', label: 'Again', type: 'password' }),
          ...PROMPT_TYPES.map((type) => prompt(keyOf(type), { fieldKey: keyOf(type), label: type, type, required: false }))
        ]
      }),
      stage('user_write', 'write'),
      stage('consent', 'agree'),
      stage('dummy', 'end of enrol')
    ]),
    flow('refuse', 'enrollment', [stage('deny', 'no')]),
    flow('remove', 'unenrollment', [who, stage('user_delete', 'delete')]),
    flow('leave', 'invalidation', [stage('user_logout', 'logout')])
  )
}
