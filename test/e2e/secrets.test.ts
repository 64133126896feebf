import { Writable } from 'node:stream'
import t from 'tap'
import {
  define, defineFlow, MemoryRunStore, policy, prompt, stage, user,
  type PolicyFunction, type RunState, type RunStore, type StoredRun
} from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'

const CANARY = 'canary-4711-secret'

/** A run store that remembers everything that was ever written to it. */
class RememberingStore implements RunStore {
  readonly written: string[] = []
  readonly #inner = new MemoryRunStore({ now: Date.now })

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

const secretPrompt = prompt('new-word', { fieldKey: 'new_word', label: 'New word', type: 'password' })
const passwordPrompt = prompt('password', { fieldKey: 'password', label: 'Password', type: 'password' })
const usernamePrompt = prompt('username', { fieldKey: 'username', label: 'Username', type: 'username' })
const passwordStage = stage('password', 'password')
const ask = stage('prompt', 'ask', {
  fields: [usernamePrompt, secretPrompt, passwordPrompt], validationPolicies: [policy('expression', 'quotes', { expression: 'host' })]
})

const definitions = define(
  user('alice', { password: 'something else' }),
  defineFlow({
    slug: 'embedded',
    name: 'Embedded',
    title: 'Embedded',
    designation: 'authentication',
    stages: [stage('identification', 'who and password', { userFields: ['username'], passwordStage }), stage('user_login', 'login')]
  }),
  defineFlow({
    slug: 'plain',
    name: 'Plain',
    title: 'Plain',
    designation: 'authentication',
    stages: [stage('identification', 'who', { userFields: ['username'] }), passwordStage]
  }),
  defineFlow({
    slug: 'enrol',
    name: 'Enrol',
    title: 'Enrol',
    designation: 'enrollment',
    stages: [
      ask,
      { stage: stage('dummy', 'pause'), policies: [policy('expression', 'throws', { expression: 'host' })], policyEngineMode: 'any' },
      stage('user_write', 'write', { userCreationMode: 'always_create' }),
      stage('dummy', 'end')
    ]
  })
)

t.test('a typed secret is found nowhere', async (t) => {
  const lines: string[] = []
  const runs = new RememberingStore()
  const seen: string[] = []
  const reveal = (context: Parameters<PolicyFunction>[0]['context']) => String(context.prompt_data?.['password'])
  const app = await buildApp(t, {
    definitions,
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
      policies: {
        quotes: ({ context }) => ({ passing: true, messages: [`I saw ${reveal(context)}`] }),
        throws: () => true
      }
    }
  })
  const client = new Client(app)
  const step = async (slug: string, body?: object): Promise<Record<string, unknown>> => {
    const response = body === undefined ? await client.get(slug) : await client.post(slug, body)
    seen.push(response.body, (await client.inspect(slug)).body)
    return response.json()
  }
  await step('embedded')
  await step('embedded', { component: 'ak-stage-identification', uid_field: 'alice', password: CANARY })
  await step('plain')
  await step('plain', { component: 'ak-stage-identification', uid_field: 'alice' })
  await step('plain', { component: 'ak-stage-password', password: CANARY })
  await step('plain', { component: 'ak-stage-password', password: { nested: CANARY } })
  await step('enrol')
  t.equal((await step('enrol', {
    component: 'ak-stage-prompt', username: 'bea', new_word: CANARY, password: `${CANARY} and more`
  })).component, 'ak-stage-prompt', 'two passwords that differ are refused')
  t.equal((await step('enrol', {
    component: 'ak-stage-prompt', username: 'bea', new_word: CANARY, password: CANARY
  })).component, 'ak-stage-dummy')
  t.equal((await step('enrol', { component: 'ak-stage-dummy' })).name, 'end')
  const bea = await app.flows.services.users.find({ fields: ['username'], value: 'bea', caseInsensitive: false })
  t.ok(bea?.hasUsablePassword, 'the password reached the user store')
  t.notMatch(JSON.stringify(JSON.parse(runs.written.at(-1) ?? '{}').secrets), /[a-z]/, 'what is no longer needed is dropped')
  for (const [where, texts] of Object.entries({ seen, lines, written: runs.written })) {
    t.ok(texts.length > 0, `${where}: there is something to search`)
    t.notOk(texts.some((text) => text.includes(CANARY)), where)
  }
})
