import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import t from 'tap'
import {
  define, defineFlow, MemoryUserStore, policy, prompt, stage, user, type PolicyFunction, type Sensitive, type User
} from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { PASSWORD } from '../flows.js'

// Half a minute on idle cores, and many times that on cores that others use too.
t.setTimeout(1_800_000)

/** Requests of each sort that are timed. */
const ROUNDS = 500

/** Names of one length, so that bodies can be compared to the byte. */
const KNOWN = 'alice'
const UNKNOWN = 'elvis'

const who = stage('identification', 'who', { userFields: ['username', 'email'] })
const definitions = define(
  user(KNOWN, { email: 'known@example.com', password: PASSWORD, attributes: { answer: 'blue' } }),
  user('blank', { attributes: { answer: 'blue' } }),
  user('gone1', { password: PASSWORD, isActive: false, attributes: { answer: 'blue' } }),
  defineFlow({
    slug: 'sign-in',
    name: 'Sign in',
    title: 'Welcome',
    designation: 'authentication',
    stages: [who, stage('password', 'password'), stage('user_login', 'login')]
  }),
  defineFlow({
    slug: 'at-once',
    name: 'Sign in at once',
    title: 'Welcome',
    designation: 'authentication',
    stages: [
      stage('identification', 'who and password', { userFields: ['username', 'email'], passwordStage: stage('password', 'password') }),
      stage('user_login', 'login')
    ]
  }),
  defineFlow({
    slug: 'recovery',
    name: 'Recovery',
    title: 'Recovery',
    designation: 'recovery',
    stages: [
      who,
      stage('prompt', 'question', {
        fields: [prompt('answer', { fieldKey: 'answer', label: 'Colour', type: 'text' })],
        validationPolicies: [policy('expression', 'answer', { expression: 'host' })]
      }),
      stage('prompt', 'new password', { fields: [prompt('password', { fieldKey: 'password', label: 'Password', type: 'password' })] }),
      stage('user_write', 'write', {}),
      stage('user_login', 'login')
    ]
  })
)

/** The security question of the recovery: the answer is in the user's attributes. */
const rightAnswer: PolicyFunction = ({ context, user }) =>
  typeof context.prompt_data?.['answer'] === 'string' && context.prompt_data['answer'] === user?.attributes['answer']

const planner = { attemptLimits: false as const, policies: { answer: rightAnswer } }

/** The negative control: a store that does not hash where there is nobody. */
class HastyUserStore extends MemoryUserStore {
  override async verifyPassword (user: User | undefined, password: Sensitive): Promise<boolean> {
    return user !== undefined && await super.verifyPassword(user, password)
  }
}

/** What can be seen of a reply but its time, with the name and what is made from it or for the run taken out. */
function seen (name: string, { statusCode, headers, body }: LightMyRequestResponse): unknown {
  const { date: _date, 'set-cookie': cookie, ...others } = headers
  const text = body
    .replaceAll(/"pending_user_avatar":"data:[^"]*"/g, '"pending_user_avatar":"AVATAR"')
    .replaceAll(/"step_token":"[0-9a-f]{64}"/g, '"step_token":"TOKEN"')
    .replaceAll(name, 'NAME')
  return { statusCode, headers: others, cookie: typeof cookie, body: text }
}

const STEPS = {
  identification: { slug: 'sign-in', before: [], answer: (name: string) => ({ component: 'ak-stage-identification', uid_field: name }) },
  password: {
    slug: 'sign-in',
    before: [(name: string) => ({ component: 'ak-stage-identification', uid_field: name })],
    answer: () => ({ component: 'ak-stage-password', password: 'wrong' })
  },
  'identification with password': {
    slug: 'at-once', before: [], answer: (name: string) => ({ component: 'ak-stage-identification', uid_field: name, password: 'wrong' })
  },
  recovery: {
    slug: 'recovery',
    before: [(name: string) => ({ component: 'ak-stage-identification', uid_field: name })],
    answer: () => ({ component: 'ak-stage-prompt', answer: 'red' })
  }
} as const

type Step = (typeof STEPS)[keyof typeof STEPS]

/** Walks up to a step in a new session and takes it: what was seen on the way, and how many milliseconds the step itself took. */
async function take (app: FastifyInstance, { slug, before, answer }: Step, name: string) {
  const client = new Client(app)
  const replies = [seen(name, await client.get(slug))]
  for (const body of before) replies.push(seen(name, await client.post(slug, body(name))))
  const start = performance.now()
  const reply = await client.post(slug, answer(name))
  const time = performance.now() - start
  return { replies: [...replies, seen(name, reply)], time }
}

const median = (values: readonly number[]): number => [...values].sort((one, other) => one - other)[values.length >> 1] ?? NaN

const SORTS = ['known', 'unknown', 'hasty'] as const

/**
 * Takes a step for somebody known, for nobody, and for nobody where the hash is skipped (if asked to), in turn and in changing
 * order: whatever else the machine does, it does to all three. What is compared are medians of the differences within a round.
 */
async function compare (app: FastifyInstance, step: Step, rounds: number, hasty?: FastifyInstance) {
  const honest: number[] = []
  const skipped: number[] = []
  for (let round = 0; round < rounds; round++) {
    const times = { known: 0, unknown: 0, hasty: 0 }
    const sorts = [...SORTS.slice(round % 3), ...SORTS.slice(0, round % 3)]
    for (const sort of round % 2 === 0 ? sorts : sorts.reverse()) {
      const from = sort === 'hasty' ? hasty : app
      if (from !== undefined) times[sort] = (await take(from, step, sort === 'known' ? KNOWN : UNKNOWN)).time
    }
    honest.push(times.known - times.unknown)
    skipped.push(times.known - times.hasty)
  }
  return { honest: median(honest), skipped: median(skipped) }
}

t.test('11: unknown, known, inactive and password-less users look the same in status, body, headers and next stage', async (t) => {
  const app = await buildApp(t, { definitions, planner })
  for (const [what, step] of Object.entries(STEPS)) {
    const { replies } = await take(app, step, UNKNOWN)
    for (const name of [KNOWN, 'blank', 'gone1']) t.strictSame((await take(app, step, name)).replies, replies, `${what}: ${name}`)
    const [known, unknown] = [await take(app, step, KNOWN.toUpperCase()), await take(app, step, UNKNOWN.toUpperCase())]
    t.strictSame(known.replies, unknown.replies, `${what}: capitals`)
  }
})

t.test('11: nor does the time tell them apart, over 2 x 500 requests', async (t) => {
  const app = await buildApp(t, { definitions, planner })
  const { groups, users } = app.flows.registry.current.definitions
  const { now, newId, randomBytes } = app.flows.services
  const store = new HastyUserStore({ groups, users, now, newId, randomBytes })
  await store.ready()
  const hasty = await buildApp(t, { definitions, planner: { ...planner, users: store } })
  for (const step of Object.values(STEPS)) await compare(app, step, 5, hasty)

  // Half of what a missing hash shows, so that noise must be as far from none as from a hash: the medians of 500 rounds are not,
  // on idle cores or on busy ones, because the noise grows with the time that a hash takes.
  const { honest, skipped } = await compare(app, STEPS.password, ROUNDS, hasty)
  t.ok(skipped > 0, 'the control: where the hash is skipped, somebody known takes longer')
  const noticeable = skipped / 2
  t.ok(Math.abs(honest) < noticeable, `password: ${honest.toFixed(3)} ms against ${skipped.toFixed(3)} ms without the hash`)
  for (const [what, step] of Object.entries(STEPS)) {
    if (step === STEPS.password) continue
    const { honest } = await compare(app, step, ROUNDS)
    t.ok(Math.abs(honest) < noticeable, `${what}: ${honest.toFixed(3)} ms`)
  }
})
