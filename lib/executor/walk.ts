import { appended } from '../appended.js'
import { applyChanges, diffContext } from '../context/changes.js'
import { decodeContext, usersIn } from '../context/decode.js'
import { encodeContext } from '../context/encode.js'
import { NOTHING, type EncodedContext } from '../context/encoded.js'
import type { PlanContext } from '../context/plan-context.js'
import type { Sealer } from '../context/seal.js'
import { andThen, type MaybePromise } from '../maybe-promise.js'
import { derivedKey } from '../model/keys.js'
import type { User, UserPk } from '../model/user.js'
import { NONE } from '../none.js'
import type { Decision } from '../planner/decision.js'
import { FlowPlan, type PlannedBinding } from '../planner/flow-plan.js'
import type { Planner } from '../planner/planner.js'
import type { CompiledBinding, CompiledFlow } from '../registry/compiled-flow.js'
import type { Inspector } from '../inspector/inspector.js'
import type { Ending, Frame, InlineState, LastAnswer, RunState } from '../runs/run-state.js'
import { bindingOf, inlineState, pendingState } from '../runs/run-bindings.js'
import { withEvent, type RunEvent } from '../runs/run-event.js'
import { SecretVault } from '../runs/secret-vault.js'
import type { Services } from '../services.js'
import { isAnyHeard } from '../telemetry/channels.js'
import { NO_GUARD, type WalkGuard } from './run-guard.js'
import { StageFault } from './stage-fault.js'

/** What a walk works with beside the services. */
export interface WalkTools {
  readonly services: Services
  readonly sealer: Sealer
  readonly inspector: Inspector
  /** Milliseconds that a run may take from its start. */
  readonly maxAge: number
  readonly planner: Pick<Planner, 'clock' | 'isSilent'>
}

/** Something that has happened in this request, with the stage that it happened at and how long that took. */
export interface Happening {
  readonly event: RunEvent
  readonly at: CompiledBinding | undefined
  /** Milliseconds. */
  readonly duration: number
}

/** What a walk begins with. */
export interface WalkStart {
  readonly plan: FlowPlan
  readonly query: string
}

/**
 * The working copy of a run: one request reads it from the store's state, moves it on and writes a new state. Nothing
 * is seen of it anywhere before that write.
 */
export class Walk {
  readonly id: string
  plan: FlowPlan
  query: string
  entered = false
  scratch: Record<string, unknown> = {}
  ending: Ending | null = null
  last: LastAnswer | null = null
  restarts = 0
  /** Counts the changes of the run; see {@link RunState.turn}. */
  turn = 1
  events: readonly RunEvent[] = []
  /** What of it has happened in this request. */
  happenings: readonly Happening[] = NONE
  /** Milliseconds that the stage took which has said something last. */
  #took = 0
  guard: WalkGuard = NO_GUARD
  /** Keys of effects that have taken place in this turn. */
  performed: readonly string[] = NONE
  /** How many of them had taken place before this request. */
  #performedBefore = 0
  decisions: readonly Decision[] = NONE
  frames: readonly Frame[] = NONE
  readonly #tools: WalkTools
  readonly #vault: SecretVault
  /** Bindings that were put into the plan, past ones included: frames refer to them. */
  #inline: readonly InlineState[] = NONE
  /** The context as the last frame recorded it; undefined until it is asked for. */
  #recorded: EncodedContext | undefined
  /** Whether a stage has passed in this request, and the plan is still the one that it was taken off. */
  #hasPassed = false
  readonly #startedAt: number
  readonly #expiresAt: number
  #initial: EncodedContext = NOTHING

  private constructor (
    tools: WalkTools, plan: FlowPlan, state: Pick<RunState, 'id' | 'startedAt' | 'expiresAt' | 'query'>, vault: SecretVault
  ) {
    this.#tools = tools
    this.plan = plan
    this.id = state.id
    this.query = state.query
    this.#startedAt = state.startedAt
    this.#expiresAt = state.expiresAt
    this.#vault = vault
  }

  /** Begins a run of a plan. */
  static begin (tools: WalkTools, { plan, query }: WalkStart): Walk {
    const startedAt = tools.services.now()
    const id = tools.services.newId()
    const vault = makeVault(tools, { id })
    const walk = new Walk(tools, plan, { id, startedAt, expiresAt: startedAt + tools.maxAge, query }, vault)
    walk.#initial = encodeContext(plan.context, walk.#vault)
    walk.decisions = plan.decisions
    walk.note({ kind: 'started', at: startedAt })
    return walk
  }

  /** Takes up a stored run; users that its context refers to are read anew. */
  static resume (tools: WalkTools, flow: CompiledFlow, state: RunState): MaybePromise<Walk> {
    const vault = makeVault(tools, state)
    return andThen(readContext(state.context, vault, tools.services), (context) =>
      Walk.#resumed(tools, flow, { state, vault, context }))
  }

  static #resumed (
    tools: WalkTools, flow: CompiledFlow,
    { state, vault, context }: { readonly state: RunState, readonly vault: SecretVault, readonly context: PlanContext }
  ): Walk {
    const { services } = tools
    const bindings = state.pending.map(({ binding, marker }) =>
      ({ compiled: bindingOf(flow, state, binding, services.registry.kinds.stageKinds), marker }))
    const walk = new Walk(tools, new FlowPlan({ flow, bindings, context, decisions: [], services }), state, vault)
    walk.#takeUp(state)
    return walk
  }

  #takeUp (state: RunState): void {
    this.#initial = state.initial
    this.entered = state.entered
    this.ending = state.ending
    this.last = state.last
    this.restarts = state.restarts
    this.turn = state.turn
    this.events = state.events
    this.performed = state.performed
    this.#performedBefore = this.performed.length
    this.decisions = state.decisions
    this.frames = state.frames
    this.#inline = state.inline
    if (state.scratch !== null) Object.assign(this.scratch, JSON.parse(this.#tools.sealer.open(state.scratch, state.id)))
  }

  get context (): PlanContext {
    return this.plan.context
  }

  get current (): PlannedBinding | undefined {
    return this.plan.current
  }

  /** The context that the run began with, as a restart needs it. */
  initialContext (): MaybePromise<PlanContext> {
    return readContext(this.#initial, this.#vault, this.#tools.services)
  }

  /** Whether nothing of it is told to telemetry. */
  get isSilent (): boolean {
    return this.#tools.planner.isSilent
  }

  /** Milliseconds since the epoch. */
  get now (): number {
    return this.#tools.services.now()
  }

  /** Adds to the timeline. An event is to be one literal: spread into another object it would have a hidden class of its own. */
  note (event: RunEvent): void {
    this.events = withEvent(this.events, event)
    this.happenings = appended(this.happenings, { event, at: this.current?.compiled, duration: this.#took })
    this.#took = 0
  }

  /** Runs a stage's task; what is noted next tells how long it took; 0 where nobody listens when it begins. */
  measured<T> (task: () => MaybePromise<T>): MaybePromise<T> {
    if (!isAnyHeard()) return task()
    const { clock } = this.#tools.planner
    const started = clock()
    return andThen(task(), (result) => {
      this.#took = clock() - started
      return result
    })
  }

  /**
   * Names an effect of the current stage in this turn, and of the answer that brings it about: whoever corrects an answer after a
   * fault wants the effect of the new one.
   */
  effectKey (effect: string): string {
    const binding = this.current?.compiled.binding.pk ?? null
    const answer = this.last?.fingerprint ?? null
    return derivedKey('fastify-flow-planner.effect', this.id, this.turn, this.restarts, binding, effect, answer)
  }

  /** Whether an effect has taken place in this request. */
  get hasPerformed (): boolean {
    return this.performed.length > this.#performedBefore
  }

  /** Records the plan as it stands, then takes the current binding off: its stage has passed. */
  pass (): void {
    const current = this.current
    if (current === undefined) return
    this.plan.placeNext()
    this.#record(current.compiled)
    if (current.compiled.kind.usesSecrets === true) this.#vault.dropAll()
    this.note({ kind: 'passed', binding: current.compiled.binding.pk, at: this.now })
    this.#leave()
  }

  /** Takes the current binding off without a frame: it is not part of this walk. */
  takeOut (): void {
    if (this.current !== undefined) this.note({ kind: 'taken_out', binding: this.current.compiled.binding.pk, at: this.now })
    this.#leave()
  }

  #leave (): void {
    this.plan.shift()
    this.entered = false
    this.scratch = {}
  }

  #record (passed: CompiledBinding): void {
    const after = encodeContext(this.context, this.#vault)
    const next = this.plan.bindings[1]?.compiled
    const changes = diffContext(this.#contextOfLastFrame(), after)
    const frame = { binding: passed.binding.pk, next: next?.binding.pk ?? null, changes }
    this.#noteInline(passed)
    if (next !== undefined) this.#noteInline(next)
    this.#tools.inspector.checkFrame(this.plan.compiled, passed, next, after)
    this.frames = appended(this.frames, frame)
    this.#recorded = after
    this.#hasPassed = true
  }

  #contextOfLastFrame (): EncodedContext {
    if (this.#recorded !== undefined) return this.#recorded
    let context = NOTHING
    for (const { changes } of this.frames) context = applyChanges(context, changes)
    this.#recorded = context
    return context
  }

  /** Ends the run; nothing sealed is needed any more. */
  end (ending: Ending): void {
    this.ending = ending
    if (ending.kind === 'redirected') this.note({ kind: 'ended', to: ending.to, at: this.now })
    if (ending.kind === 'denied') {
      this.note({ kind: 'denied', binding: this.current?.compiled.binding.pk ?? null, message: ending.message, at: this.now })
    }
    this.scratch = {}
    this.plan.dropNext()
    this.#vault.close()
  }

  /** Puts a new plan in place of the old one; the history stays. */
  replan (plan: FlowPlan): void {
    this.plan = plan
    this.entered = false
    this.scratch = {}
    this.#hasPassed = false
    this.decisions = [...this.decisions, ...plan.decisions]
  }

  /**
   * The state as it was when the last stage passed: what is to be gone on with where the next one fails. Undefined where no
   * stage has passed in this request.
   */
  checkpoint (): RunState | undefined {
    if (!this.#hasPassed || this.ending !== null || this.current === undefined) return undefined
    return { ...this.#stateWith(this.#contextOfLastFrame(), null), entered: false, performed: this.performed }
  }

  /**
   * The state of a run that this request has begun, as it began: where its first stage fails after an effect. Undefined where
   * there is nothing to be gone on with.
   */
  begun (): RunState | undefined {
    if (this.ending !== null || this.current === undefined) return undefined
    return { ...this.#stateWith(this.#initial, null), entered: false, performed: this.performed }
  }

  /**
   * The state to store.
   *
   * @throws StageFault where the memory of the current stage is no JSON.
   */
  toState (): RunState {
    const scratch = this.#sealedScratch()
    return this.#stateWith(encodeContext(this.context, this.#vault), scratch)
  }

  #sealedScratch (): string | null {
    if (Object.keys(this.scratch).length === 0) return null
    return this.#tools.sealer.seal(jsonOf(this.scratch, this.current?.compiled.stage.name ?? ''), this.id)
  }

  #stateWith (context: EncodedContext, scratch: string | null): RunState {
    const { services } = this.#tools
    return {
      id: this.id,
      flow: this.plan.flow.slug,
      definition: this.plan.compiled.hash,
      startedAt: this.#startedAt,
      expiresAt: this.#expiresAt,
      movedAt: services.now(),
      turn: this.turn,
      query: this.query,
      pending: this.plan.bindings.map(pendingState),
      inline: this.#inlineStates(),
      entered: this.entered,
      scratch,
      context,
      initial: this.#initial,
      secrets: this.#vault.boxes,
      frames: this.frames,
      decisions: this.decisions,
      events: this.events,
      restarts: this.restarts,
      ending: this.ending,
      last: this.last,
      performed: NONE,
      claim: null
    }
  }

  #inlineStates (): readonly InlineState[] {
    for (const { compiled } of this.plan.bindings) this.#noteInline(compiled)
    return this.#inline
  }

  #noteInline (compiled: CompiledBinding): void {
    const { pk } = compiled.binding
    if (this.plan.compiled.bindingsByPk.has(pk) || this.#inline.some(({ binding }) => binding === pk)) return
    this.#inline = appended(this.#inline, inlineState(compiled, this.plan.compiled.definitions))
  }
}

/** @throws StageFault where a stage keeps what is no JSON. */
function jsonOf (scratch: Readonly<Record<string, unknown>>, stage: string): string {
  try {
    return JSON.stringify(scratch)
  } catch (cause) {
    throw new StageFault(stage, { cause })
  }
}

function makeVault (
  { sealer, services }: WalkTools, { id, secrets }: Pick<RunState, 'id'> & Partial<Pick<RunState, 'secrets'>>
): SecretVault {
  return new SecretVault(sealer, id, services.newId, secrets)
}

function readContext (encoded: EncodedContext, vault: SecretVault, services: Services): MaybePromise<PlanContext> {
  if (encoded === NOTHING) return {}
  const pks = usersIn(encoded)
  return andThen(pks.length === 0 ? NO_USERS : readUsers(pks, services), (users) => {
    const context = decodeContext(encoded, { user: (pk) => users.get(pk), secret: (id) => vault.open(id) })
    return context.pending_user?.pk === null ? andThen(services.users.getNobody?.(), () => context) : context
  })
}

const NO_USERS: ReadonlyMap<UserPk, User | undefined> = new Map()

async function readUsers (pks: readonly UserPk[], { users }: Services): Promise<ReadonlyMap<UserPk, User | undefined>> {
  const read = new Map<UserPk, User | undefined>()
  for (const pk of pks) read.set(pk, await users.get(pk))
  return read
}
