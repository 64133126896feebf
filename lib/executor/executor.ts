import type { PlanContext } from '../context/plan-context.js'
import { FlowNotFoundError, StepTokenError } from '../errors.js'
import { explainRun } from '../explain/explain-run.js'
import type { Explanation } from '../explain/explanation-schema.js'
import { andThen, type MaybePromise } from '../maybe-promise.js'
import { FlowPlan } from '../planner/flow-plan.js'
import { EmptyFlowError, FlowNotApplicableError } from '../planner/plan-errors.js'
import type { CompiledFlow } from '../registry/compiled-flow.js'
import { KeyedLock } from '../runs/keyed-lock.js'
import { runId } from '../runs/run-id.js'
import { RunPlace } from '../runs/run-place.js'
import type { RunState } from '../runs/run-state.js'
import { denied, type AnswerFault } from '../stages/stage-result.js'
import { readAnswer } from './answer-reading.js'
import { Arrivals } from './arrivals.js'
import { ClaimedRun } from './claimed-run.js'
import { challengeOf, endingBody } from './challenge.js'
import { finishEnding, refusalEnding } from './endings.js'
import type { ExecutorTools } from './executor-tools.js'
import type { Browser, FlowReply, FlowRequest } from './flow-request.js'
import { isOnShow, type FoundRun, type LiveRun } from './found-run.js'
import { readResult } from './result-reading.js'
import { RunKeeper } from './run-keeper.js'
import { countGuess, THROTTLED, wasRight } from './guess.js'
import { guarded } from './stage-fault.js'
import { isStepToken, sentStepToken, STEP_TOKEN } from './step-token.js'
import { tellWalk } from './telling.js'
import { Transition } from './transition.js'
import { Turn } from './turn.js'
import { reply, UnmovedReplies } from './unmoved-replies.js'
import { Walk } from './walk.js'

/** Why a run starts again although nobody asked for it, in words. */
const NOTICES = {
  none: 'There was nothing to go on with, so the flow has started.',
  ended: 'The flow had ended, so it has started again.',
  expired: 'The flow took too long, so it has started again.',
  outdated: 'The flow has changed, so it has started again.'
} as const

/** An answer as it was sent. */
interface SentAnswer {
  readonly body: unknown
  readonly fingerprint: string
  /** Whether it was sent without knowledge of the run's last move, as far as that can be told without a step token. */
  readonly isLate: boolean
}

const NO_STEP_TOKEN: AnswerFault = { field: STEP_TOKEN, string: 'This field is required.', code: 'required' }

/** Milliseconds by which a store's clock may be too coarse. */
const CLOCK_STEP = 1

/**
 * Walks plans with browsers (CONTRACT.md section 5). Requests to one run wait for one another; every change is one
 * conditional write at the end, so that a request takes effect once or not at all.
 */
export class Executor {
  readonly #tools: ExecutorTools
  readonly #runs: RunKeeper
  readonly #replies: UnmovedReplies
  readonly #lock = new KeyedLock()
  readonly #arrivals: Arrivals

  constructor (tools: ExecutorTools) {
    this.#tools = tools
    this.#runs = new RunKeeper(tools)
    this.#replies = new UnmovedReplies(tools, this.#runs)
    this.#arrivals = new Arrivals(tools.planner.clock)
  }

  /**
   * Gives the current challenge; starts a run where there is none.
   *
   * @throws FlowNotFoundError
   * @throws CrossSiteError where starting would change something and another site has caused the request.
   */
  async get (request: FlowRequest): Promise<FlowReply> {
    const { flow, place } = this.#locate(request)
    const { id } = place
    const found = await this.#runs.find(id)
    if (isOnShow(found)) return await this.#replies.show(request, found)
    return await this.#lock.run(id, async () => {
      const now = await this.#runs.findFree(id)
      if (isOnShow(now)) return await this.#replies.show(request, now)
      if (now.kind === 'live') return await this.#resumeStart(request, place, now)
      return await this.#begin(request, flow, place, now, now.kind === 'none' || now.kind === 'ended' ? undefined : now.kind)
    })
  }

  /**
   * Answers the current challenge.
   *
   * @throws FlowNotFoundError
   * @throws CrossSiteError where another site has caused the request.
   * @throws RunBusyError where another process has been working on the run for too long.
   */
  async answer (request: FlowRequest, body: unknown): Promise<FlowReply> {
    const { flow, place } = this.#locate(request)
    const { id } = place
    const sent = JSON.stringify(body)
    const { isEcho, leave } = this.#arrivals.arrive(`${id} ${sent}`)
    request.whenReplied(leave)
    const seen = this.#lock.isHeld(id) ? await this.#runs.find(id) : undefined
    return await this.#lock.run(id, async () => {
      const found = await this.#runs.findFree(id)
      const fingerprint = this.#fingerprint(found, sent)
      if (found.kind === 'ended' && found.run.state.last?.fingerprint === fingerprint) {
        return reply(200, endingBody(this.#tools, flow.flow, found.run.state.ending ?? { kind: 'cancelled' }, request))
      }
      if (found.kind !== 'live') return await this.#begin(request, flow, place, found, found.kind)
      if (!found.run.state.entered) {
        const isSame = found.run.state.last?.fingerprint === fingerprint
        return { ...await this.#resumeStart(request, place, found), status: isSame ? 200 : 409 }
      }
      if (isEcho && found.run.state.last?.fingerprint === fingerprint) {
        return await this.#replies.missed(request, found, fingerprint)
      }
      const isLate = this.#isLate(id, seen, found, request)
      return await this.#respond(request, place, found, { body, fingerprint, isLate })
    })
  }

  /**
   * Starts a run with a context, in place of one that is under way.
   *
   * @throws FlowNotFoundError
   */
  async start (request: FlowRequest, context: PlanContext): Promise<FlowReply> {
    const { flow, place } = this.#locate(request)
    return await this.#lock.run(place.id, async () =>
      await this.#begin(request, flow, place, await this.#runs.find(place.id), undefined, { context, useCache: false }))
  }

  /**
   * Ends a session's runs of these flows; their history stays.
   *
   * @param token the step token of a challenge that one of them shows.
   * @throws StepTokenError where a token is required, and this is none.
   * @throws RunBusyError where another process keeps on moving one of them.
   */
  async cancel (browser: Browser, flows: readonly string[], token: string | undefined): Promise<void> {
    if (this.#tools.requireStepToken && !await this.#isOnPage(browser, flows, token ?? '')) throw new StepTokenError()
    await Promise.all(flows.map(async (flow) => {
      const id = runId(browser.key, flow)
      await this.#lock.run(id, async () => await this.#runs.cancel(id))
    }))
  }

  /**
   * The run of a flow in a session, ended ones included: at once where the store of the runs answers at once.
   *
   * @throws FlowNotFoundError
   */
  find (slug: string, sessionKey: string): MaybePromise<FoundRun> {
    return this.#runs.find(runId(sessionKey, this.#flow(slug).flow.pk))
  }

  /**
   * Explains the run of a flow in a session, ended ones included; undefined where there is none, or its definition is gone.
   *
   * @throws FlowNotFoundError
   */
  async explain (slug: string, sessionKey: string): Promise<Explanation | undefined> {
    const found = await this.find(slug, sessionKey)
    if (found.kind !== 'live' && found.kind !== 'ended') return undefined
    const { registry } = this.#tools.services
    const flow = registry.flowAsOf(slug, found.run.state.definition)
    return flow === undefined ? undefined : explainRun(flow, found.run.state, registry.kinds.stageKinds)
  }

  /**
   * Calls back whenever the run of a flow in a session may have moved, until the function that it gives is called.
   *
   * @throws FlowNotFoundError
   */
  watch (slug: string, sessionKey: string, listener: () => void): () => void {
    return this.#runs.watch(runId(sessionKey, this.#flow(slug).flow.pk), listener)
  }

  /** Forgets a session's runs of these flows: the session has ended, or is somebody else's now. */
  async discard (sessionKey: string, flows: Iterable<string>): Promise<void> {
    await this.#runs.discard(sessionKey, flows)
  }

  /** Whether a token is that of the challenge of one of these runs. Where none is live there is nothing to cancel. */
  async #isOnPage (browser: Browser, flows: readonly string[], token: string): Promise<boolean> {
    const walks: Walk[] = []
    for (const flow of flows) {
      const found = await this.#runs.find(runId(browser.key, flow))
      if (found.kind === 'live') walks.push(await Walk.resume(this.#tools, found.flow, found.run.state))
    }
    return walks.length === 0 || walks.some((walk) => isStepToken(this.#tools.sealer, walk, token))
  }

  /** @throws FlowNotFoundError */
  #flow (slug: string): CompiledFlow {
    const flow = this.#tools.services.registry.flow(slug)
    if (flow === undefined) throw new FlowNotFoundError(slug)
    return flow
  }

  #locate (request: FlowRequest): { flow: CompiledFlow, place: RunPlace } {
    const flow = this.#flow(request.slug)
    return { flow, place: new RunPlace(request.browser, flow.flow.pk) }
  }

  /** Starts a run over what was found. A `notice` says why, where the client expected something else. */
  async #begin (
    request: FlowRequest, flow: CompiledFlow, place: RunPlace, found: FoundRun, notice: keyof typeof NOTICES | undefined,
    from: { readonly context: PlanContext, readonly useCache: boolean } = { context: {}, useCache: true }
  ): Promise<FlowReply> {
    const faults = notice === undefined ? [] : [{ field: null, string: NOTICES[notice], code: 'restarted' }]
    const walk = await this.#plan(request, flow, from)
    const run = this.#claimed(place, found, this.#runs.shared ? walk.toState() : undefined)
    return await this.#replies.caught(request, walk, run, async () => await this.#enterFirst(request, walk, run, faults))
  }

  /** Goes on with a run that has not got as far as its next challenge: a stage has failed, or its process is gone. */
  async #resumeStart (request: FlowRequest, place: RunPlace, found: LiveRun): Promise<FlowReply> {
    const walk = await Walk.resume(this.#tools, found.flow, found.run.state)
    const run = this.#claimed(place, found)
    return await this.#replies.caught(request, walk, run, async () => await this.#enterFirst(request, walk, run, []))
  }

  async #enterFirst (request: FlowRequest, walk: Walk, run: ClaimedRun, faults: readonly AnswerFault[]): Promise<FlowReply> {
    this.#guard(request, walk, run)
    const { flow } = walk.plan
    await this.#transition(request, walk).advance()
    const body = await challengeOf(this.#tools, request, walk, faults)
    const to = run.place.id
    const isWritten = await this.#runs.write(run.id, to, run.found, flow, walk.toState())
    if (!isWritten) return await this.#replies.overtaken(request, to, flow.slug)
    tellWalk(walk, request.http.method)
    await request.browser.remember(flow.pk)
    return reply(200, body)
  }

  async #plan (
    request: FlowRequest, flow: CompiledFlow, { context, useCache }: { readonly context: PlanContext, readonly useCache: boolean }
  ): Promise<Walk> {
    const query = request.query ?? ''
    const { services, planner } = this.#tools
    try {
      const plan = await planner.plan({ flow, user: request.browser.user, request: request.http, context, useCache })
      return Walk.begin(this.#tools, { plan, query })
    } catch (error) {
      if (!(error instanceof FlowNotApplicableError || error instanceof EmptyFlowError)) throw error
      const plan = new FlowPlan({ flow, bindings: [], context, decisions: error.decisions, services })
      const walk = Walk.begin(this.#tools, { plan, query })
      walk.end(error instanceof EmptyFlowError ? finishEnding(this.#tools, walk) : refusalEnding(this.#tools, walk, error))
      return walk
    }
  }

  async #respond (request: FlowRequest, place: RunPlace, found: LiveRun, answer: SentAnswer): Promise<FlowReply> {
    const walk = await Walk.resume(this.#tools, found.flow, found.run.state)
    const token = sentStepToken(answer.body)
    const isMissed = token === undefined ? answer.isLate : !isStepToken(this.#tools.sealer, walk, token)
    if (isMissed) return await this.#replies.missed(request, found, answer.fingerprint)
    if (request.query !== undefined) walk.query = request.query
    const run = this.#claimed(place, found)
    walk.last = { fingerprint: answer.fingerprint, faults: [] }
    this.#guard(request, walk, run)
    return await this.#replies.caught(request, walk, run, async (secrets) => {
      const { current } = walk
      if (current === undefined) throw new Error('A live run has a current stage')
      const { kind, stage } = current.compiled
      walk.turn += 1
      const turn = new Turn(this.#tools, request, walk, current)
      const recording = this.#tools.recorder?.current
      if (recording !== undefined) await recording.answered(kind, turn, answer.body)
      const reading = await guarded(stage.name, () => readAnswer(kind, turn, answer.body))
      if (reading.kind === 'elsewhere') return await this.#replies.missed(request, found, answer.fingerprint)
      if (reading.kind === 'unnamed') return await this.#replies.show(request, found, 200, reading.faults)
      if (token === undefined && this.#tools.requireStepToken) {
        return await this.#replies.show(request, found, 200, [NO_STEP_TOKEN])
      }
      const transition = this.#transition(request, walk)
      if (reading.kind === 'answer') secrets.push(...reading.secrets)
      const guess = await countGuess(this.#tools, walk.id, kind, turn, reading)
      if (!guess.allowed) return { ...await this.#replies.show(request, found, 429, [THROTTLED]), retryAfter: guess.retryAfter }
      const result = reading.kind === 'faults'
        ? { kind: 'refused', faults: reading.faults, final: false } as const
        : await walk.measured(() =>
          guarded(stage.name, () => andThen(kind.respond === undefined ? denied('') : kind.respond(turn, reading.answer), readResult)))
      if (wasRight(result)) await guess.giveBack()
      const faults = await transition.settle(result)
      walk.last = { fingerprint: answer.fingerprint, faults }
      // An answer sent twice could only be taken by the next stage where that has the same component.
      const isAlike = walk.current?.compiled.kind.component === kind.component
      return await this.#commit(request, run, walk, faults, token === undefined && isAlike)
    })
  }

  async #commit (
    request: FlowRequest, run: ClaimedRun, walk: Walk, faults: readonly AnswerFault[], settles: boolean
  ): Promise<FlowReply> {
    const { flow } = walk.plan
    const body = await challengeOf(this.#tools, request, walk, faults)
    const { id } = run
    const to = run.place.id
    const replied = this.#arrivals.moved(id)
    let isWritten = false
    try {
      isWritten = await this.#runs.write(id, to, run.found, flow, walk.toState())
    } finally {
      // Where it was not written, or the store has failed, the run has not moved here, and nobody waits to hear that it has.
      if (!isWritten) replied()
    }
    if (!isWritten) return { ...await this.#replies.outrun(request, id, walk), settles }
    request.whenReplied(replied)
    tellWalk(walk, request.http.method)
    if (id !== to) await request.browser.remember(flow.pk)
    return { status: 200, body, settles }
  }

  /** Claims the run before an effect, and keeps what a stage has come to once it has passed. */
  #guard (request: FlowRequest, walk: Walk, run: ClaimedRun): void {
    const { key } = request.browser
    walk.beforeEffect = () => run.claim(() => walk.checkpoint())
    walk.afterPass = async () => {
      // A session that has changed its id has a place of its own for the run, which the write at the end finds.
      if (run.isClaimed && request.browser.key === key) await run.keep(walk.checkpoint())
    }
  }

  #claimed (place: RunPlace, found: FoundRun, initial?: RunState): ClaimedRun {
    return new ClaimedRun(this.#runs, this.#tools.services, place, found, initial)
  }

  #transition (request: FlowRequest, walk: Walk): Transition {
    return new Transition(this.#tools, request, walk, async (slug, from, keepContext) => {
      const flow = this.#tools.services.registry.flow(slug)
      if (flow === undefined) return false
      const context: PlanContext = { ...keepContext ? from.context : {}, is_redirected: from.plan.flow.slug }
      const place = new RunPlace(request.browser, flow.flow.pk)
      const { id } = place
      const target = await this.#plan({ ...request, slug, query: from.query }, flow, { context, useCache: false })
      target.beforeEffect = from.beforeEffect
      if (target.ending?.kind === 'denied') return false
      await this.#transition({ ...request, slug }, target).advance()
      const to = place.id
      if (!await this.#runs.write(id, to, await this.#runs.find(id), flow.flow, target.toState())) return false
      await request.browser.remember(flow.flow.pk)
      return true
    })
  }

  /** Whether an answer without a token was sent without knowledge of the run's last move. */
  #isLate (id: string, seen: FoundRun | undefined, found: LiveRun, request: FlowRequest): boolean {
    const hasMoved = seen !== undefined && (seen.kind === 'none' || seen.run.revision !== found.run.revision)
    if (hasMoved || this.#arrivals.isStale(id, request.arrivedAt)) return true
    return this.#isOlder(request, found)
  }

  /** Whether a request had arrived for certain when another process moved the run on. */
  #isOlder (request: FlowRequest, { movedAfter }: LiveRun): boolean {
    return movedAfter > request.arrivedAt + CLOCK_STEP
  }

  /** Tells equal bodies by a keyed fingerprint, bound to the run: the store learns nothing of what was typed. */
  #fingerprint (found: FoundRun, body: string): string {
    const run = found.kind === 'none' ? '' : found.run.state.id
    return this.#tools.sealer.mac(`${run}\n${body}`)
  }
}
