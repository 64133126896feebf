import type { PlanContext } from '../context/plan-context.js'
import { redact, secretsWithin } from '../context/sensitive.js'
import { FlowNotFoundError, RunConflictError } from '../errors.js'
import { explainRun } from '../explain/explain-run.js'
import type { Explanation } from '../explain/explanation-schema.js'
import { FlowPlan } from '../planner/flow-plan.js'
import { EmptyFlowError, FlowNotApplicableError } from '../planner/plan-errors.js'
import type { CompiledFlow } from '../registry/compiled-flow.js'
import { KeyedLock } from '../runs/keyed-lock.js'
import { runId } from '../runs/run-id.js'
import type { AnswerFault } from '../stages/stage-result.js'
import { readAnswer } from './answer-reading.js'
import { Arrivals } from './arrivals.js'
import { challengeOf, endingBody, faultBody, type WireBody } from './challenge.js'
import { finishEnding, refusalEnding } from './endings.js'
import type { ExecutorTools } from './executor-tools.js'
import type { Browser, FlowReply, FlowRequest } from './flow-request.js'
import { RunKeeper, type FoundRun } from './run-keeper.js'
import { countGuess, THROTTLED, wasRight } from './guess.js'
import { guarded, StageFault } from './stage-fault.js'
import { Transition } from './transition.js'
import { turnOf } from './turn.js'
import { Walk } from './walk.js'

/** Why a run starts again although nobody asked for it, in words. */
const NOTICES = {
  none: 'There was nothing to go on with, so the flow has started.',
  ended: 'The flow had ended, so it has started again.',
  expired: 'The flow took too long, so it has started again.',
  outdated: 'The flow has changed, so it has started again.'
} as const

type LiveRun = Extract<FoundRun, { kind: 'live' }>

/**
 * Walks plans with browsers (CONTRACT.md section 5). Requests to one run wait for one another; every change is one
 * conditional write at the end, so that a request takes effect once or not at all.
 */
export class Executor {
  readonly #tools: ExecutorTools
  readonly #runs: RunKeeper
  readonly #lock = new KeyedLock()
  readonly #arrivals: Arrivals

  constructor (tools: ExecutorTools) {
    this.#tools = tools
    this.#runs = new RunKeeper(tools)
    this.#arrivals = new Arrivals(tools.planner.clock)
  }

  /**
   * Gives the current challenge; starts a run where there is none.
   *
   * @throws FlowNotFoundError
   * @throws CrossSiteError where starting would change something and another site has caused the request.
   */
  async get (request: FlowRequest): Promise<FlowReply> {
    const { flow, id } = this.#locate(request)
    const found = await this.#runs.find(id)
    if (found.kind === 'live') return await this.#show(request, found)
    return await this.#lock.run(id, async () => {
      const now = await this.#runs.find(id)
      if (now.kind === 'live') return await this.#show(request, now)
      return await this.#begin(request, flow, now, now.kind === 'none' || now.kind === 'ended' ? undefined : now.kind)
    })
  }

  /**
   * Answers the current challenge.
   *
   * @throws FlowNotFoundError
   * @throws CrossSiteError where another site has caused the request.
   */
  async answer (request: FlowRequest, body: unknown): Promise<FlowReply> {
    const { flow, id } = this.#locate(request)
    const seen = await this.#runs.find(id)
    return await this.#lock.run(id, async () => {
      const found = await this.#runs.find(id)
      const fingerprint = this.#fingerprint(found, body)
      if (found.kind === 'ended' && found.run.state.last?.fingerprint === fingerprint) {
        return reply(200, endingBody(this.#tools, flow.flow, found.run.state.ending ?? { kind: 'cancelled' }, request))
      }
      if (found.kind !== 'live') return await this.#begin(request, flow, found, found.kind)
      if (this.#hasMoved(id, seen, found, request)) return await this.#missed(request, found, fingerprint)
      return await this.#respond(request, id, found, body, fingerprint)
    })
  }

  /**
   * Starts a run with a context, in place of one that is under way.
   *
   * @throws FlowNotFoundError
   */
  async start (request: FlowRequest, context: PlanContext): Promise<FlowReply> {
    const { flow, id } = this.#locate(request)
    return await this.#lock.run(id, async () =>
      await this.#begin(request, flow, await this.#runs.find(id), undefined, { context, useCache: false }))
  }

  /** Ends a session's runs of these flows; their history stays. */
  async cancel (browser: Browser, flows: Iterable<string>): Promise<void> {
    for (const flow of flows) {
      const id = runId(browser.key, flow)
      await this.#lock.run(id, async () => await this.#runs.cancel(id))
    }
  }

  /** The run of a flow in a session, ended ones included. */
  async find (slug: string, sessionKey: string): Promise<FoundRun> {
    const flow = this.#tools.services.registry.flow(slug)
    if (flow === undefined) throw new FlowNotFoundError(slug)
    return await this.#runs.find(runId(sessionKey, flow.flow.pk))
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

  /** Forgets a session's runs of these flows: the session has ended, or is somebody else's now. */
  async discard (sessionKey: string, flows: Iterable<string>): Promise<void> {
    await this.#runs.discard(sessionKey, flows)
  }

  #locate (request: FlowRequest): { flow: CompiledFlow, id: string } {
    const flow = this.#tools.services.registry.flow(request.slug)
    if (flow === undefined) throw new FlowNotFoundError(request.slug)
    return { flow, id: runId(request.browser.key, flow.flow.pk) }
  }

  /** Starts a run over what was found. A `notice` says why, where the client expected something else. */
  async #begin (
    request: FlowRequest, flow: CompiledFlow, found: FoundRun, notice: keyof typeof NOTICES | undefined,
    from: { readonly context: PlanContext, readonly useCache: boolean } = { context: {}, useCache: true }
  ): Promise<FlowReply> {
    const id = runId(request.browser.key, flow.flow.pk)
    const faults = notice === undefined ? [] : [{ field: null, string: NOTICES[notice], code: 'restarted' }]
    const walk = await this.#plan(request, flow, from)
    return await this.#caught(request, walk, async () => {
      await this.#transition(request, walk).advance()
      const body = await challengeOf(this.#tools, request, walk, faults)
      const to = runId(request.browser.key, flow.flow.pk)
      if (!await this.#runs.write(id, to, found, walk)) throw new RunConflictError(flow.flow.slug)
      request.browser.remember(flow.flow.pk)
      return reply(200, body)
    })
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

  /** Shows where a run stands; changes nothing. */
  async #show (
    request: FlowRequest, found: LiveRun, status: FlowReply['status'] = 200, faults: readonly AnswerFault[] = []
  ): Promise<FlowReply> {
    const walk = await Walk.resume(this.#tools, found.flow, found.run.state)
    return await this.#caught(request, walk, async () => reply(status, await challengeOf(this.#tools, request, walk, faults)))
  }

  /** Replies to an answer that came too late: with the winner's reply where it is the same answer, else 409. */
  async #missed (request: FlowRequest, found: LiveRun, fingerprint: string): Promise<FlowReply> {
    const { last } = found.run.state
    return last?.fingerprint === fingerprint
      ? await this.#show(request, found, 200, last.faults)
      : await this.#show(request, found, 409)
  }

  async #respond (request: FlowRequest, id: string, found: LiveRun, body: unknown, fingerprint: string): Promise<FlowReply> {
    const walk = await Walk.resume(this.#tools, found.flow, found.run.state)
    if (request.query !== undefined) walk.query = request.query
    return await this.#caught(request, walk, async (secrets) => {
      const { current } = walk
      if (current === undefined) throw new Error('A live run has a current stage')
      const { kind, stage } = current.compiled
      const turn = turnOf(this.#tools, request, walk, current)
      const reading = await guarded(stage.name, () => readAnswer(kind, turn, body))
      if (reading.kind === 'elsewhere') return await this.#show(request, found, 409)
      if (reading.kind === 'unnamed') return await this.#show(request, found, 200, reading.faults)
      const transition = this.#transition(request, walk)
      if (reading.kind === 'answer') secrets.push(...reading.secrets)
      const guess = await countGuess(this.#tools, walk.id, kind, turn, reading)
      if (!guess.allowed) return { ...await this.#show(request, found, 429, [THROTTLED]), retryAfter: guess.retryAfter }
      const result = reading.kind === 'faults'
        ? { kind: 'refused', faults: reading.faults, final: false } as const
        : await guarded(stage.name, () => kind.respond?.(turn, reading.answer) ?? { kind: 'denied', message: '' } as const)
      if (wasRight(result)) await guess.giveBack()
      const faults = await transition.settle(result)
      walk.last = { fingerprint, faults }
      return await this.#commit(request, id, found, walk, faults)
    })
  }

  async #commit (
    request: FlowRequest, id: string, found: LiveRun, walk: Walk, faults: readonly AnswerFault[]
  ): Promise<FlowReply> {
    const body = await challengeOf(this.#tools, request, walk, faults)
    const to = runId(request.browser.key, found.flow.flow.pk)
    const sent = this.#arrivals.moved(id)
    if (!await this.#runs.write(id, to, found, walk)) {
      sent()
      const now = await this.#runs.find(id)
      if (now.kind === 'live') return await this.#missed(request, now, walk.last?.fingerprint ?? '')
      throw new RunConflictError(walk.plan.flow.slug)
    }
    if (id !== to) request.browser.remember(found.flow.flow.pk)
    return { ...reply(200, body), sent }
  }

  #transition (request: FlowRequest, walk: Walk): Transition {
    return new Transition(this.#tools, request, walk, async (slug, from, keepContext) => {
      const flow = this.#tools.services.registry.flow(slug)
      if (flow === undefined) return false
      const context: PlanContext = { ...keepContext ? from.context : {}, is_redirected: from.plan.flow.slug }
      const { id } = this.#locate({ ...request, slug })
      const target = await this.#plan({ ...request, slug, query: from.query }, flow, { context, useCache: false })
      if (target.ending?.kind === 'denied') return false
      await this.#transition({ ...request, slug }, target).advance()
      return await this.#runs.write(id, runId(request.browser.key, flow.flow.pk), await this.#runs.find(id), target)
    })
  }

  /** Runs a task; a fault of a stage is logged and shown by the request's id only, and changes nothing. */
  async #caught (request: FlowRequest, walk: Walk, task: (secrets: string[]) => Promise<FlowReply>): Promise<FlowReply> {
    const secrets: string[] = []
    try {
      return await task(secrets)
    } catch (error) {
      if (!(error instanceof StageFault)) throw error
      const known = [...secrets, ...secretsWithin(walk.context)]
      const { cause } = error
      const text = cause instanceof Error ? cause.stack ?? cause.message : 'not an error'
      this.#tools.services.log.error(
        { requestId: request.http.id, flow: walk.plan.flow.slug, fault: redact(text, known) }, error.message)
      return reply(200, faultBody(request.http.id))
    }
  }

  #hasMoved (id: string, seen: FoundRun, found: LiveRun, request: FlowRequest): boolean {
    const revision = seen.kind === 'none' ? undefined : seen.run.revision
    return revision !== found.run.revision || this.#arrivals.isStale(id, request.arrivedAt)
  }

  /** Tells equal bodies by a keyed fingerprint, bound to the run: the store learns nothing of what was typed. */
  #fingerprint (found: FoundRun, body: unknown): string {
    const run = found.kind === 'none' ? '' : found.run.state.id
    return this.#tools.sealer.mac(`${run}\n${JSON.stringify(body)}`)
  }
}

function reply (status: FlowReply['status'], body: WireBody): FlowReply {
  return { status, body }
}
