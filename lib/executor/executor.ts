import type { PlanContext } from '../context/plan-context.js'
import { FlowNotFoundError, RunConflictError, StepTokenError } from '../errors.js'
import { explainRun } from '../explain/explain-run.js'
import type { Explanation } from '../explain/explanation-schema.js'
import { flowPage } from '../flow-page.js'
import { andThen, attempt, isPromise, type MaybePromise } from '../maybe-promise.js'
import { NONE } from '../none.js'
import { FlowPlan } from '../planner/flow-plan.js'
import { EmptyFlowError, FlowNotApplicableError } from '../planner/plan-errors.js'
import type { CompiledFlow } from '../registry/compiled-flow.js'
import { KeyedLock } from '../runs/keyed-lock.js'
import { runId } from '../runs/run-id.js'
import { RunPlace } from '../runs/run-place.js'
import type { Ending, RunState } from '../runs/run-state.js'
import type { AnswerFault } from '../stages/stage-result.js'
import { Answering } from './answering.js'
import { Arrivals } from './arrivals.js'
import { ClaimedRun } from './claimed-run.js'
import { challengeOf, endingBody, type WireBody } from './challenge.js'
import { finishEnding, redirectEnding, refusalEnding } from './endings.js'
import type { ExecutorTools } from './executor-tools.js'
import { fingerprintOf, type SentBody } from './fingerprint.js'
import type { Browser, FlowReply, FlowRequest } from './flow-request.js'
import { isOnShow, type FoundRun, type LiveRun } from './found-run.js'
import { mayBeJudgedTwice, UnaskedRunError } from './recalled-run.js'
import { NO_GUARD, RunGuard } from './run-guard.js'
import { RunKeeper } from './run-keeper.js'
import { isStepToken, sentStepToken } from './step-token.js'
import { tellWalk } from './telling.js'
import { switchedContext, Transition, type SwitchFlow } from './transition.js'
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
interface SentAnswer extends SentBody {
  /** Whether an equal answer is still without its reply. */
  readonly isEcho: boolean
  /** The run as it was when the answer came, where another request was at work on it. */
  readonly seen: FoundRun | undefined
  /** Whether it was taken to be one to the run as this process remembers it, which it is not. */
  readonly hasBeenTried: boolean
}

/** How a run begins. */
interface Beginning {
  /** What is told with the first challenge. */
  readonly faults: readonly AnswerFault[]
  /** Whether there was no run before, and no answer to one: then nobody can have sent an answer without knowing of this one. */
  readonly isFirst: boolean
}

/** What a run's first plan is made from. */
interface PlannedFrom {
  readonly context: PlanContext
  readonly useCache: boolean
}

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
   * Gives the current challenge; starts a run where there is none. At once where nothing is to be waited for.
   *
   * @throws FlowNotFoundError
   * @throws CrossSiteError where starting would change something and another site has caused the request.
   */
  get (request: FlowRequest): MaybePromise<FlowReply> {
    const { flow, place } = this.#locate(request)
    const { id } = place
    const looked = this.#runs.find(id)
    // What a store of this process tells at once is so still, where nobody is at work on the run.
    const isLatest = !this.#runs.shared && !isPromise(looked) && !this.#lock.isHeld(id)
    return andThen(looked, (found) => isOnShow(found)
      ? this.#replies.show(request, found)
      : this.#lock.run(id, () =>
        andThen(isLatest ? found : this.#runs.findFree(id), (now) => this.#open(request, flow, place, now))))
  }

  #open (request: FlowRequest, flow: CompiledFlow, place: RunPlace, found: FoundRun): MaybePromise<FlowReply> {
    if (isOnShow(found)) return this.#replies.show(request, found)
    if (found.kind === 'live') return this.#resumeStart(request, place, found)
    return this.#begin(request, flow, place, found, found.kind === 'none' || found.kind === 'ended' ? undefined : found.kind)
  }

  /**
   * Answers the current challenge. At once where nothing is to be waited for.
   *
   * @throws FlowNotFoundError
   * @throws CrossSiteError where another site has caused the request.
   * @throws RunBusyError where another process has been working on the run for too long.
   */
  answer (request: FlowRequest, body: unknown): MaybePromise<FlowReply> {
    const { flow, place } = this.#locate(request)
    const { id } = place
    const text = JSON.stringify(body)
    const { isEcho, leave } = this.#arrivals.arrive(id, text)
    request.whenReplied(leave)
    return andThen(this.#lock.isHeld(id) ? this.#runs.find(id) : undefined, (seen) =>
      this.#lock.run(id, () => this.#take(request, flow, place, { body, text, isEcho, seen, hasBeenTried: false })))
  }

  /**
   * Takes an answer. By the run as this process remembers it, which spares it a look into the store, where that comes to a write
   * over just this run; else by the run as it is.
   */
  #take (request: FlowRequest, flow: CompiledFlow, place: RunPlace, sent: SentAnswer): MaybePromise<FlowReply> {
    const isAlone = !sent.isEcho && sent.seen === undefined
    const recalled = isAlone ? this.#runs.recall(place.id) : undefined
    if (recalled === undefined) return this.#takeAsked(request, flow, place, sent)
    return attempt(() => this.#answered(request, flow, place, recalled, sent), (error) => {
      if (!(error instanceof UnaskedRunError)) throw error
      return this.#takeAsked(request, flow, place, { ...sent, hasBeenTried: true })
    })
  }

  #takeAsked (request: FlowRequest, flow: CompiledFlow, place: RunPlace, sent: SentAnswer): MaybePromise<FlowReply> {
    return andThen(this.#runs.findFree(place.id), (found) => this.#answered(request, flow, place, found, sent))
  }

  #answered (
    request: FlowRequest, flow: CompiledFlow, place: RunPlace, found: FoundRun, sent: SentAnswer
  ): MaybePromise<FlowReply> {
    const fingerprint = fingerprintOf(this.#tools.sealer, found.kind === 'none' ? '' : found.run.state.id, sent)
    const isSame = found.kind !== 'none' && found.run.state.last?.fingerprint === fingerprint
    if (found.kind === 'ended' && isSame) {
      return reply(200, endingBody(this.#tools, flow.flow, found.run.state.ending ?? { kind: 'cancelled' }, request))
    }
    // An answer with a token answers nothing but the challenge that it is of; equal ones without one are waited for.
    const settles = sentStepToken(sent.body) === undefined
    // It was an answer to a run that somebody may have ended since: what does not go on is not begun again by it.
    if (found.kind !== 'live' && sent.hasBeenTried) throw new RunConflictError(flow.flow.slug)
    if (found.kind !== 'live') return andThen(this.#begin(request, flow, place, found, found.kind), (shown) => ({ ...shown, settles }))
    if (!found.run.state.entered) {
      return andThen(this.#resumeStart(request, place, found), (shown) => ({ ...shown, status: isSame ? 200 : 409, settles }))
    }
    if (sent.isEcho && isSame) return this.#replies.missed(request, found, fingerprint)
    return andThen(Walk.resume(this.#tools, found.flow, found.run.state), (walk) =>
      this.#respond(request, place, found, walk, sent, fingerprint))
  }

  /**
   * Starts a run with a context, in place of one that is under way.
   *
   * @throws FlowNotFoundError
   */
  start (request: FlowRequest, context: PlanContext): MaybePromise<FlowReply> {
    const { flow, place } = this.#locate(request)
    // Whose route it is sends a reply of its own, which says nothing of the challenge.
    const told = { ...request, whenReplied: (callback: () => void) => callback() }
    return this.#lock.run(place.id, () => andThen(this.#runs.find(place.id), (found) =>
      this.#begin(told, flow, place, found, undefined, { context, useCache: false })))
  }

  /**
   * Ends a session's runs of these flows; their history stays. Nobody is waited for: a request that is at work on one of them has
   * moved nothing, and signed nobody in, when it is done.
   *
   * @param token the step token of a challenge that one of them shows.
   * @throws StepTokenError where a token is required, and this is none.
   * @throws RunBusyError where another process keeps on moving one of them.
   */
  async cancel (browser: Browser, flows: readonly string[], token: string | undefined): Promise<void> {
    if (this.#tools.requireStepToken && !await this.#isOnPage(browser, flows, token ?? '')) throw new StepTokenError()
    await Promise.all(flows.map(async (flow) => {
      const id = runId(this.#tools.runs, browser.key, flow)
      await this.#runs.cancel(id)
      // A stage that never gives a result must not keep the flow from being started again.
      this.#lock.free(id)
    }))
  }

  /**
   * The run of a flow in a session, ended ones included: at once where the store of the runs answers at once.
   *
   * @throws FlowNotFoundError
   */
  find (slug: string, sessionKey: string): MaybePromise<FoundRun> {
    return this.#runs.find(runId(this.#tools.runs, sessionKey, this.#flow(slug).flow.pk))
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
    const flow = registry.flowOf(found.run.state)
    return flow === undefined ? undefined : explainRun(flow, found.run.state, registry.kinds.stageKinds)
  }

  /**
   * Calls back whenever the run of a flow in a session may have moved, until the function that it gives is called.
   *
   * @throws FlowNotFoundError
   */
  watch (slug: string, sessionKey: string, listener: () => void): () => void {
    return this.#runs.watch(runId(this.#tools.runs, sessionKey, this.#flow(slug).flow.pk), listener)
  }

  /** Forgets a session's runs of these flows: the session has ended, or is somebody else's now. */
  async discard (sessionKey: string, flows: Iterable<string>): Promise<void> {
    await this.#runs.discard(sessionKey, flows)
  }

  /** Whether a token is that of the challenge of one of these runs. Where none is live there is nothing to cancel. */
  async #isOnPage (browser: Browser, flows: readonly string[], token: string): Promise<boolean> {
    const walks: Walk[] = []
    for (const flow of flows) {
      const found = await this.#runs.find(runId(this.#tools.runs, browser.key, flow))
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
    return { flow, place: new RunPlace(this.#tools.runs, request.browser, flow.flow.pk) }
  }

  /** Starts a run over what was found. A `notice` says why, where the client expected something else. */
  #begin (
    request: FlowRequest, flow: CompiledFlow, place: RunPlace, found: FoundRun, notice: keyof typeof NOTICES | undefined,
    from: PlannedFrom = { context: {}, useCache: true }
  ): MaybePromise<FlowReply> {
    const faults = notice === undefined ? [] : [{ field: null, string: NOTICES[notice], code: 'restarted' }]
    return andThen(this.#plan(request, flow, from), (walk) => {
      const run = this.#claimed(place, found, this.#runs.shared ? walk.toState() : undefined)
      const isFirst = found.kind === 'none' && notice === undefined
      return this.#replies.caught(request, walk, run, () => this.#enterFirst(request, walk, run, { faults, isFirst }))
    })
  }

  /** Goes on with a run that has not got as far as its next challenge: a stage has failed, or its process is gone. */
  #resumeStart (request: FlowRequest, place: RunPlace, found: LiveRun): MaybePromise<FlowReply> {
    return andThen(Walk.resume(this.#tools, found.flow, found.run.state), (walk) => {
      const run = this.#claimed(place, found)
      return this.#replies.caught(request, walk, run, () => this.#enterFirst(request, walk, run, { faults: [], isFirst: false }))
    })
  }

  #enterFirst (request: FlowRequest, walk: Walk, run: ClaimedRun, { faults, isFirst }: Beginning): MaybePromise<FlowReply> {
    walk.guard = new RunGuard(run, walk, request.browser)
    return andThen(this.#transition(request, walk).advance(), () =>
      andThen(challengeOf(this.#tools, request, walk, faults), (body) => this.#started(request, walk, run, { body, isFirst })))
  }

  #started (
    request: FlowRequest, walk: Walk, run: ClaimedRun, { body, isFirst }: Pick<Beginning, 'isFirst'> & { readonly body: WireBody }
  ): MaybePromise<FlowReply> {
    const { flow } = walk.plan
    const to = run.place.id
    const write = () => this.#runs.write(run.id, to, run.found, flow, walk.toState())
    const written = isFirst ? write() : this.#arrivals.moving(run.id, request, write)
    return andThen(written, (isWritten) => {
      if (!isWritten) return this.#replies.overtaken(request, to, flow.slug)
      tellWalk(walk, request.http.method)
      return andThen(request.browser.remember(flow.pk), () => reply(200, body))
    })
  }

  #plan (request: FlowRequest, flow: CompiledFlow, { context, useCache }: PlannedFrom): MaybePromise<Walk> {
    const query = request.query ?? ''
    const { user } = request.browser
    return attempt(
      () => andThen(this.#tools.planner.plan({ flow, user, request: request.http, context, useCache }), (plan) =>
        Walk.begin(this.#tools, { plan, query })),
      (error) => this.#unplanned(flow, context, query, error))
  }

  /** A walk that ends where it begins: the flow does not apply, or there is nothing to do in it. */
  #unplanned (flow: CompiledFlow, context: PlanContext, query: string, error: unknown): Walk {
    if (!(error instanceof FlowNotApplicableError || error instanceof EmptyFlowError)) throw error
    const plan = new FlowPlan({ flow, bindings: [], context, decisions: error.decisions, services: this.#tools.services })
    const walk = Walk.begin(this.#tools, { plan, query })
    walk.end(error instanceof EmptyFlowError ? finishEnding(this.#tools, walk) : refusalEnding(this.#tools, walk, error))
    return walk
  }

  #respond (
    request: FlowRequest, place: RunPlace, found: LiveRun, walk: Walk, { body, seen }: SentAnswer, fingerprint: string
  ): MaybePromise<FlowReply> {
    const token = sentStepToken(body)
    const hasToken = token !== undefined
    const isMissed = hasToken ? !isStepToken(this.#tools.sealer, walk, token) : this.#isLate(place.id, seen, found, request)
    if (isMissed) return this.#replies.missed(request, found, fingerprint)
    if (found.isRecalled && !mayBeJudgedTwice(walk)) throw new UnaskedRunError()
    if (request.query !== undefined) walk.query = request.query
    const run = this.#claimed(place, found)
    walk.last = { fingerprint, faults: NONE }
    walk.guard = new RunGuard(run, walk, request.browser)
    return this.#replies.caught(request, walk, run, (secrets) => new Answering({
      tools: this.#tools,
      runs: this.#runs,
      replies: this.#replies,
      arrivals: this.#arrivals,
      transition: this.#transition(request, walk),
      request,
      found,
      run,
      walk,
      body,
      fingerprint,
      hasToken
    }).take(secrets))
  }

  #claimed (place: RunPlace, found: FoundRun, initial?: RunState): ClaimedRun {
    return new ClaimedRun(this.#runs, this.#tools.services, place, found, initial)
  }

  #transition (request: FlowRequest, walk: Walk, switches = 0): Transition {
    return new Transition(this.#tools, request, walk, this.#switchFlow, switches)
  }

  readonly #switchFlow: SwitchFlow = async ({ request, walk, slug, keepContext, switches }) => {
    const flow = this.#tools.services.registry.flow(slug)
    // Flows that go on with one another and ask nothing would do so for ever.
    if (flow === undefined || switches >= this.#tools.maxRestarts) return undefined
    const context = switchedContext(walk, keepContext)
    return await this.#switch({ ...request, slug, query: walk.query }, flow, walk, context, switches + 1)
  }

  /** Begins a run of a flow that a walk goes on with. */
  async #switch (
    request: FlowRequest, flow: CompiledFlow, from: Walk, context: PlanContext, switches: number
  ): Promise<Ending | undefined> {
    const place = new RunPlace(this.#tools.runs, request.browser, flow.flow.pk)
    const { id } = place
    const target = await this.#plan(request, flow, { context, useCache: false })
    target.guard = { ...NO_GUARD, beforeEffect: () => from.guard.beforeEffect() }
    if (target.ending?.kind === 'denied') return undefined
    await this.#transition(request, target, switches).advance()
    const to = place.id
    if (!await this.#runs.write(id, to, await this.#runs.find(id), flow.flow, target.toState())) return undefined
    tellWalk(target, request.http.method)
    await request.browser.remember(flow.flow.pk)
    return target.ending ?? redirectEnding(flowPage(request.slug, new URLSearchParams(from.query)))
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
}
