import { Writable } from 'node:stream'
import { Type } from '@sinclair/typebox'
import { TOTP, URI } from 'otpauth'
import t from 'tap'
import {
  builtInPolicyKinds, builtInStageKinds, createDefine, defineFlow, MemoryRunStore, policy, prompt, Sensitive, SensitiveText,
  stage, user,
  type PolicyFunction, type RunState, type RunStore, type StageKind, type StoredRun
} from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { SlowSerialisingStore } from '../e2e/session-store.js'

const CANARY = 'canary-4711-secret'
const TAIL = 'and-more-0815'
const WRONG_CODE = '13572468'

/** Time stands still, so that a code stays good. */
const started = Date.now()
const now = (): number => started

/** A run store that remembers everything that was ever written to it. */
class RememberingStore implements RunStore {
  readonly shared = false
  readonly written: string[] = []
  readonly #inner = new MemoryRunStore({ now })

  load (id: string): StoredRun | undefined { return this.#inner.load(id) }

  create (id: string, state: RunState): boolean {
    this.written.push(JSON.stringify(state))
    return this.#inner.create(id, state)
  }

  compareAndSet (id: string, revision: number, state: RunState): boolean {
    this.written.push(JSON.stringify(state))
    return this.#inner.compareAndSet(id, revision, state)
  }

  delete (id: string): void { this.#inner.delete(id) }
}

/** What somebody typed as `password`, in clear, as a careless host would write it. */
function typed (context: Parameters<PolicyFunction>[0]['context']): string {
  const value = context.prompt_data?.['password']
  return value instanceof Sensitive ? value.reveal() ?? '' : 'nothing'
}

const answerSchema = Type.Object({ pin: SensitiveText(), more: Type.Object({ pins: Type.Array(SensitiveText()) }) })
const names = { formComponent: 'test-form', verboseName: 'Test', verboseNamePlural: 'Tests', options: Type.Object({}) }

/** Throws what was typed. */
const throwingStage = {
  ...names,
  kind: 'throwing',
  model: 'test.throwing',
  component: 'test-throwing',
  answerSchema,
  respond: (_turn, { pin, more }) => { throw new Error(`${pin.reveal()} is wrong, as is ${more.pins[0]?.reveal()}`) }
} satisfies StageKind<typeof names.options, ReturnType<typeof Type.Object>, typeof answerSchema>

/** Keeps what was typed in the context, wrapped, and throws it when it is to show something. */
const keepingStage = {
  ...names,
  kind: 'keeping',
  model: 'test.keeping',
  component: 'test-keeping',
  answerSchema,
  respond: ({ context }, { pin, more }) => {
    context.kept = { pin, pins: more.pins }
    return { kind: 'passed' } as const
  }
} satisfies StageKind<typeof names.options, ReturnType<typeof Type.Object>, typeof answerSchema>

/** Throws what an earlier prompt asked for. */
const blurtingStage = {
  ...names,
  kind: 'blurting',
  model: 'test.blurting',
  component: 'test-blurting',
  enter: ({ context }) => { throw new Error(`I saw ${typed(context)}`) }
} satisfies StageKind

const stageKinds = [throwingStage, keepingStage, blurtingStage]
const define = createDefine({ stageKinds: [...builtInStageKinds, ...stageKinds], policyKinds: builtInPolicyKinds })

const ask = stage('prompt', 'ask', {
  fields: [
    prompt('username', { fieldKey: 'username', label: 'Username', type: 'username' }),
    prompt('new-word', { fieldKey: 'new_word', label: 'New word', type: 'password' }),
    prompt('password', { fieldKey: 'password', label: 'Password', type: 'password' })
  ],
  validationPolicies: [policy('expression', 'checks', { expression: 'host', executionLogging: true })]
})
const who = stage('identification', 'who', { userFields: ['username'] })
const passwordStage = stage('password', 'password')
const throws = policy('expression', 'throws', { expression: 'host', executionLogging: true })
const lets = policy('expression', 'lets', { expression: 'host' })
const tells = policy('expression', 'tells', { expression: 'host', executionLogging: true })

const flow = (slug: string, designation: 'authentication' | 'enrollment', stages: Parameters<typeof defineFlow>[0]['stages']) =>
  defineFlow({ slug, name: slug, title: slug, designation, ...stages === undefined ? {} : { stages } })

const definitions = define(
  user('alice', { password: 'something else' }),
  flow('embedded', 'authentication', [
    stage('identification', 'who and password', { userFields: ['username'], passwordStage }), stage('user_login', 'login')
  ]),
  flow('plain', 'authentication', [who, passwordStage]),
  flow('set-up', 'authentication', [who, stage('authenticator_totp', 'totp', { digits: 8 }), stage('dummy', 'done')]),
  flow('second', 'authentication', [who, stage('authenticator_validate', 'mfa'), stage('dummy', 'end of second')]),
  flow('enrol', 'enrollment', [
    ask,
    { stage: stage('dummy', 'pause'), policies: [throws, lets], policyEngineMode: 'any' },
    stage('user_write', 'write', { userCreationMode: 'always_create' }),
    stage('dummy', 'end')
  ]),
  flow('refused', 'enrollment', [ask, { stage: stage('dummy', 'guarded'), policies: [throws] }]),
  flow('blurts', 'enrollment', [ask, stage(blurtingStage, 'blurting')]),
  flow('hosts-own', 'enrollment', [
    stage(keepingStage, 'keeping'), { stage: stage(throwingStage, 'throwing'), policies: [tells, lets], policyEngineMode: 'any' }
  ])
)

t.test('16: a typed secret is found nowhere', async (t) => {
  const lines: string[] = []
  const seen: string[] = []
  const runs = new RememberingStore()
  const store = new SlowSerialisingStore()
  let quoted = 0
  const quote = (text: string): string => {
    if (text.includes(CANARY)) quoted += 1
    return `I saw ${text}`
  }
  const app = await buildApp(t, {
    definitions,
    session: { store },
    server: {
      logger: {
        level: 'trace',
        stream: new Writable({
          write (chunk, _encoding, done) {
            lines.push(String(chunk))
            done()
          }
        })
      }
    },
    planner: {
      runs,
      stageKinds,
      now,
      policies: {
        checks: ({ context }) => {
          const message = quote(typed(context))
          if (context.prompt_data?.['username'] === 'throw') throw new Error(message)
          return { passing: context.prompt_data?.['username'] !== 'fail', messages: [message] }
        },
        throws: ({ context }) => { throw new Error(quote(typed(context))) },
        tells: ({ context }) => {
          const { kept } = context
          const pins: unknown = typeof kept === 'object' && kept !== null ? Reflect.get(kept, 'pins') : undefined
          const pin: unknown = Array.isArray(pins) ? pins[0] : undefined
          return { passing: false, messages: [quote(pin instanceof Sensitive ? pin.reveal() ?? '' : 'nothing')] }
        },
        lets: () => true
      }
    }
  })
  const client = new Client(app)
  const sessions: string[] = []
  const step = async (slug: string, body?: object): Promise<Record<string, unknown>> => {
    const response = body === undefined ? await client.get(slug) : await client.post(slug, body)
    seen.push(response.body, (await client.inspect(slug)).body)
    sessions.push(...store.sessions.values())
    return response.json()
  }
  const fill = async (slug: string, username: string, password = CANARY) =>
    await step(slug, { component: 'ak-stage-prompt', username, new_word: CANARY, password })

  await step('embedded')
  await step('embedded', { component: 'ak-stage-identification', uid_field: 'alice', password: CANARY })

  await step('plain')
  await step('plain', { component: 'ak-stage-identification', uid_field: 'alice' })
  await step('plain', { component: 'ak-stage-password', password: CANARY })
  await step('plain', { component: 'ak-stage-password', password: { nested: CANARY } })
  const broken = await app.inject({
    method: 'POST',
    url: '/api/v3/flows/executor/plain/',
    headers: { cookie: `sessionId=${client.cookie}`, 'content-type': 'application/json' },
    payload: `{"component":"ak-stage-password","password":${CANARY}}`
  })
  t.equal(broken.statusCode, 400)
  seen.push(broken.body)

  await step('enrol')
  t.equal((await fill('enrol', 'bea', `${CANARY} and more`)).component, 'ak-stage-prompt', 'two passwords that differ are refused')
  t.match(await fill('enrol', 'fail'), { response_errors: { non_field_errors: [{ string: /^I saw \*+$/ }] } })
  t.equal((await fill('enrol', 'throw')).component, 'ak-stage-access-denied')
  await step('enrol')
  t.equal((await fill('enrol', 'bea')).component, 'ak-stage-dummy')
  t.equal((await step('enrol', { component: 'ak-stage-dummy' })).name, 'end')
  const bea = await app.flows.services.users.find({ fields: ['username'], value: 'bea', caseInsensitive: false })
  t.ok(bea?.hasUsablePassword, 'the password reached the user store')
  t.notMatch(JSON.stringify(JSON.parse(runs.written.at(-1) ?? '{}').secrets), /[a-z]/, 'what is no longer needed is dropped')

  await step('refused')
  t.equal((await fill('refused', 'cleo')).component, 'ak-stage-access-denied')
  await step('blurts')
  t.equal((await fill('blurts', 'dora')).component, 'ak-stage-flow-error')
  t.ok(lines.some((line) => line.includes("The stage 'blurting' has failed")), 'a fault is logged')

  const pins = { pin: CANARY, more: { pins: [CANARY + TAIL, CANARY] } }
  await step('hosts-own')
  t.equal((await step('hosts-own', { component: 'test-keeping', ...pins })).component, 'test-throwing')
  t.equal((await step('hosts-own', { component: 'test-throwing', ...pins })).component, 'ak-stage-flow-error')
  t.ok(quoted >= 6, 'the policies did see the password')

  await step('set-up')
  const { config_url: link } = await step('set-up', { component: 'ak-stage-identification', uid_field: 'alice' })
  const totp = URI.parse(String(link))
  if (!(totp instanceof TOTP)) throw new TypeError('a link to a time-based code')
  await step('set-up', { component: 'ak-stage-authenticator-totp', code: WRONG_CODE })
  const first = totp.generate({ timestamp: started })
  t.equal((await step('set-up', { component: 'ak-stage-authenticator-totp', code: first })).component, 'ak-stage-dummy')
  await step('second')
  await step('second', { component: 'ak-stage-identification', uid_field: 'alice' })
  await step('second', { component: 'ak-stage-authenticator-validate', code: WRONG_CODE })
  const second = totp.generate({ timestamp: started + 30_000 })
  t.equal((await step('second', { component: 'ak-stage-authenticator-validate', code: second })).component, 'ak-stage-dummy')

  for (const [where, texts] of Object.entries({ seen, lines, written: runs.written, sessions })) {
    t.ok(texts.length > 0, `${where}: there is something to search`)
    for (const [what, secret] of Object.entries({
      password: CANARY, 'end of a longer one': TAIL, 'wrong code': WRONG_CODE, 'first code': first, 'second code': second
    })) {
      t.strictSame(texts.filter((text) => text.includes(secret)), [], `${where}: ${what}`)
    }
  }
  const seed = totp.secret.base32
  const shown = seen.filter((text) => text.includes(seed))
  t.ok(shown.length > 0 && shown.every((text) => JSON.parse(text).component === 'ak-stage-authenticator-totp'), 'the seed is in its challenge only')
  t.notOk([...lines, ...runs.written, ...sessions].some((text) => text.includes(seed)), 'and is kept sealed')
})
