import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import { Type } from '@sinclair/typebox'
import Fastify, { type FastifyInstance } from 'fastify'
import fc from 'fast-check'
import flowPlanner, { define, defineFlow, MemorySignInStore, passed, stage, user, type StageKind } from '../../plugins/index.js'
import { RememberingRunStore } from '../e2e/remembering-run-store.js'
import { FakeUsers, makeUser } from '../fake-users.js'
import { Jar, Tab, type Action } from './browser-tab.js'
import { Gate, ScheduledRunStore, ScheduledSessionStore } from './scheduled-stores.js'

/** A guard that is taken away, to see that the suite notices. */
export type MissingGuard = 'lock' | 'revision check' | 'verdict check' | 'regeneration'

/** A stage whose effect is to be had once in each run; it marks the run when its turn comes. */
function markKind (effects: string[]): StageKind {
  return {
    kind: 'mark',
    model: 'test.markstage',
    component: 'test-mark',
    formComponent: 'test-mark-form',
    verboseName: 'Mark',
    verboseNamePlural: 'Marks',
    options: Type.Object({}, { additionalProperties: false }),
    answerSchema: Type.Object({}),
    enter ({ context }) {
      context['mark'] ??= randomUUID()
      return undefined
    },
    challenge: () => ({}),
    async respond ({ context, stage, perform }) {
      await perform({ name: 'mark' }, () => { effects.push(`${String(context['mark'])} ${stage.name}`) })
      return passed()
    }
  }
}

/** A password stage that has lost its check: it passes whatever is typed. */
const gullible: StageKind = {
  kind: 'gullible',
  model: 'test.gulliblestage',
  component: 'ak-stage-password',
  formComponent: 'test-gullible-form',
  verboseName: 'Gullible',
  verboseNamePlural: 'Gullible',
  options: Type.Object({}, { additionalProperties: false }),
  challenge: () => ({}),
  respond: () => passed()
}

/** Two processes over one set of stores, and what happened in them. */
export class Harness {
  readonly gate = new Gate()
  readonly effects: string[] = []
  readonly runs: ScheduledRunStore
  processes: readonly FastifyInstance[] = []
  readonly #missing: MissingGuard | undefined

  constructor (missing?: MissingGuard) {
    this.#missing = missing
    // Processes that do not know of one another do not claim runs: that is what two requests without a common lock are.
    this.runs = new ScheduledRunStore(this.gate, missing !== 'lock', { ignoresRevisions: missing === 'revision check' })
  }

  async start (): Promise<void> {
    const mark = markKind(this.effects)
    const admin = user('admin', {})
    const check = this.#missing === 'verdict check'
      ? stage(gullible, 'password')
      : stage('password', 'password', { failedAttemptsBeforeCancel: 100 })
    const definitions = define(
      admin,
      defineFlow({
        slug: 'sign-in',
        name: 'Sign in',
        title: 'Sign in',
        designation: 'authentication',
        stages: [stage('identification', 'who', { userFields: ['username'] }), stage(mark, 'first'), check, stage('user_login', 'login')]
      }),
      defineFlow({
        slug: 'walk',
        name: 'Walk',
        title: 'Walk',
        designation: 'authorization',
        stages: ['a', 'b', 'c'].map((name) => stage(mark, name))
      }),
      defineFlow({ slug: 'sign-out', name: 'Out', title: 'Out', designation: 'invalidation', stages: [stage('user_logout', 'logout')] })
    )
    const common = {
      definitions,
      stageKinds: [mark, gullible],
      signIns: new MemorySignInStore({ now: Date.now }),
      users: new FakeUsers([makeUser({ pk: 1, username: 'admin' })], { admin: 'open sesame' }),
      sealKeys: [new Uint8Array(32)],
      attemptLimits: false,
      canInspect: () => true,
      pages: false
    } as const
    const store = new ScheduledSessionStore(this.gate)
    this.processes = await Promise.all([1, 2].map(async () => {
      const app = Fastify()
      await app.register(cookie)
      await app.register(session, {
        secret: 'a secret of at least thirty-two characters', cookie: { secure: false }, rolling: false, saveUninitialized: false, store
      })
      if (this.#missing === 'regeneration') {
        app.addHook('onRequest', async ({ session }) => { Reflect.set(session, 'regenerate', async () => {}) })
      }
      // Processes remember what they have written last, where they know of one another.
      await app.register(flowPlanner, { ...common, runs: this.runs.shared ? new RememberingRunStore(this.runs) : this.runs })
      app.get('/who', async ({ flowUser }) => ({ user: flowUser?.username ?? null }))
      await app.ready()
      return app
    }))
  }

  async stop (): Promise<void> {
    for (const app of this.processes) await app.close()
  }

  /** Who is signed in with a session cookie. */
  async who (cookie: string): Promise<string | null> {
    const response = await this.processes[0]?.inject({ url: '/who', headers: { cookie: `sessionId=${cookie}` } })
    return response?.json().user ?? null
  }
}

const action: fc.Arbitrary<Action> = fc.record({
  kind: fc.constantFrom('start', 'answer', 'answer', 'answer', 'answer', 'double', 'double', 'back', 'inspect', 'cancel', 'sign-out'),
  flow: fc.constantFrom('sign-in', 'walk'),
  process: fc.nat(1),
  withToken: fc.boolean(),
  password: fc.constantFrom('right', 'right', 'wrong')
})

/** What is done in up to three tabs. */
export const tabs: fc.Arbitrary<Action[][]> =
  fc.array(fc.array(action, { minLength: 1, maxLength: 7 }), { minLength: 1, maxLength: 3 })

/**
 * Lets the tabs act at once, the stores' calls coming through in the scheduler's order, then checks what must hold.
 *
 * @throws Error that says what does not.
 */
export async function check (harness: Harness, scheduler: fc.Scheduler, scripts: readonly Action[][]): Promise<void> {
  const jar = new Jar()
  harness.effects.length = 0
  harness.runs.writes.length = 0
  harness.gate.scheduler = scheduler
  try {
    const walks = scripts.map(async (script) => {
      const tab = new Tab(harness.processes, jar)
      for (const one of script) await tab.act(one)
    })
    await release(scheduler, Promise.all(walks))
  } finally {
    harness.gate.scheduler = undefined
  }
  checkEffects(harness)
  checkRuns(harness)
  await checkSessions(harness, jar)
  for (const flow of ['walk', 'sign-in'] as const) {
    if (!await new Tab(harness.processes, jar).finish(flow)) throw new Error(`the flow '${flow}' cannot be finished`)
  }
  checkEffects(harness)
}

/** Turns of the event loop in which what is not a store's call gets as far as its next one. */
const TURNS = 4

/** Lets one call through after the other, each when all that can be waiting is: only then is the choice the scheduler's. */
async function release (scheduler: fc.Scheduler, walks: Promise<unknown>): Promise<void> {
  const state = { isOver: false }
  walks.finally(() => { state.isOver = true }).catch(() => {})
  while (!state.isOver) {
    for (let turn = 0; turn < TURNS; turn += 1) await setImmediate()
    if (scheduler.count() > 0) await scheduler.waitNext(1)
  }
  await walks
}

function checkEffects ({ effects }: Harness): void {
  const twice = effects.find((effect, index) => effects.indexOf(effect) !== index)
  if (twice !== undefined) throw new Error(`a stage took effect twice: ${twice}`)
}

/** A run only goes on: what has passed stays passed, and no stage passes twice. */
function checkRuns ({ runs }: Harness): void {
  for (const { before, after } of runs.writes) {
    const passed = after.frames.map(({ binding }) => binding)
    if (new Set(passed).size !== passed.length) throw new Error('a stage has passed twice')
    if (before === undefined || before.id !== after.id || after.frames.length === 0) continue
    const kept = before.frames.every(({ binding }, index) => binding === passed[index])
    if (!kept || after.turn < before.turn) throw new Error('a run has gone back')
  }
}

async function checkSessions (harness: Harness, jar: Jar): Promise<void> {
  for (const cookie of jar.seen) {
    const user = await harness.who(cookie)
    if (user === null) continue
    if (!jar.proven.has(cookie)) throw new Error('a session is signed in without a proof')
    if (jar.dead.has(cookie)) throw new Error('a session lives on that was replaced')
  }
}
