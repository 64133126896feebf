import { redact, secretsWithin, textsWithin } from '../context/sensitive.js'
import { RunConflictError, StoreUnavailableError } from '../errors.js'
import { andThen, attempt, type MaybePromise } from '../maybe-promise.js'
import { withEvent, type RunEvent } from '../runs/run-event.js'
import type { RunState } from '../runs/run-state.js'
import type { AnswerFault } from '../stages/stage-result.js'
import { readThrown } from '../thrown.js'
import { challengeOf, faultBody, type WireBody } from './challenge.js'
import { RunMovedError, type ClaimedRun } from './claimed-run.js'
import type { ExecutorTools } from './executor-tools.js'
import type { FlowReply, FlowRequest } from './flow-request.js'
import { isOnShow, type LiveRun } from './found-run.js'
import { UnaskedRunError } from './recalled-run.js'
import type { RunKeeper } from './run-keeper.js'
import { StageFault } from './stage-fault.js'
import { tellWalk } from './telling.js'
import { Walk } from './walk.js'

export function reply (status: FlowReply['status'], body: WireBody): FlowReply {
  return { status, body }
}

/**
 * Replies to requests that have not moved their run to where they wanted it: that only look, came too late, were outrun by
 * another process, or met a fault. A sign-in that such a request has made is taken back.
 */
export class UnmovedReplies {
  readonly #tools: ExecutorTools
  readonly #runs: RunKeeper

  constructor (tools: ExecutorTools, runs: RunKeeper) {
    this.#tools = tools
    this.#runs = runs
  }

  /**
   * Shows where a run stands; changes nothing.
   *
   * @throws UnaskedRunError where that is only recalled.
   */
  show (
    request: FlowRequest, found: LiveRun, status: FlowReply['status'] = 200, faults: readonly AnswerFault[] = []
  ): MaybePromise<FlowReply> {
    if (found.isRecalled) throw new UnaskedRunError()
    return andThen(Walk.resume(this.#tools, found.flow, found.run.state), (walk) =>
      this.caught(request, walk, undefined, () =>
        andThen(challengeOf(this.#tools, request, walk, faults), (body) => reply(status, body))))
  }

  /** Replies to an answer that came too late: with the winner's reply where it is the same answer, else 409. */
  missed (request: FlowRequest, found: LiveRun, fingerprint: string): MaybePromise<FlowReply> {
    const { last } = found.run.state
    return last?.fingerprint === fingerprint ? this.show(request, found, 200, last.faults) : this.show(request, found, 409)
  }

  /**
   * Shows where a run stands that another request has begun first.
   *
   * @throws RunConflictError where it does not show a challenge.
   */
  async overtaken (request: FlowRequest, id: string, slug: string): Promise<FlowReply> {
    const now = await this.#runs.findFree(id)
    if (!isOnShow(now)) throw new RunConflictError(slug)
    request.browser.withdraw?.(true)
    await request.browser.remember(now.flow.flow.pk)
    return await this.show(request, now)
  }

  /**
   * Replies where another process has moved the run on first.
   *
   * @throws RunConflictError where it does not show a challenge.
   */
  async outrun (request: FlowRequest, id: string, walk: Walk): Promise<FlowReply> {
    const now = await this.#runs.findFree(id)
    if (!isOnShow(now)) throw new RunConflictError(walk.plan.flow.slug)
    request.browser.withdraw?.(true)
    // An equal answer to another run, which somebody has begun meanwhile, is another answer.
    if (now.run.state.id !== walk.id) return await this.show(request, now, 409)
    return await this.missed(request, now, walk.last?.fingerprint ?? '')
  }

  /**
   * Runs a task that moves a run. A fault of a stage is logged, and shown by the request's id only.
   *
   * @param run undefined where the task changes nothing.
   */
  caught (
    request: FlowRequest, walk: Walk, run: ClaimedRun | undefined, task: (secrets: string[]) => MaybePromise<FlowReply>
  ): MaybePromise<FlowReply> {
    const secrets: string[] = []
    return attempt(() => task(secrets), (error) => this.#failed(request, walk, run, error, secrets))
  }

  async #failed (
    request: FlowRequest, walk: Walk, run: ClaimedRun | undefined, error: unknown, secrets: readonly string[]
  ): Promise<FlowReply> {
    const cause = error instanceof StageFault ? error.cause : error
    if (cause instanceof UnaskedRunError) throw cause
    // Nothing has taken place by a run that is only recalled, as whatever has an effect claims it first.
    if (!(error instanceof StageFault || error instanceof StoreUnavailableError) && isRecalled(run)) throw new UnaskedRunError()
    // Where the session has another id, somebody was signed in or out, which is taken back: the run has not got as far as that.
    const isSame = run === undefined || run.id === run.place.id
    if (cause instanceof RunMovedError || !(error instanceof StageFault)) {
      request.browser.withdraw?.(!(error instanceof RunConflictError))
    }
    if (cause instanceof RunMovedError && run !== undefined) return await this.outrun(request, run.place.id, walk)
    if (!(error instanceof StageFault)) {
      if (!(error instanceof RunConflictError) && run !== undefined) await this.#leave(request, walk, run, { error, isSame })
      throw error
    }
    const known = [...secrets, ...secretsWithin(walk.context), ...textsWithin(walk.scratch)]
    const { stack: text = 'not an error' } = readThrown(cause)
    this.#tools.services.log.error(
      { requestId: request.http.id, flow: walk.plan.flow.slug, fault: redact(text, known) }, error.message)
    if (run !== undefined) await this.#noteFault(request, walk, run)
    return reply(200, faultBody(request.http.id))
  }

  /**
   * Keeps what has taken place before an error, so that whoever tries again does not have it twice.
   *
   * @param isSame whether the session is that of before: nobody was signed in or out.
   */
  async #leave (
    request: FlowRequest, walk: Walk, run: ClaimedRun, { error, isSame }: { readonly error: unknown, readonly isSame: boolean }
  ): Promise<void> {
    const released = run.release(() => walk.performed).catch(() => {})
    // Stores that processes share have it already; from one that is away nothing is waited for.
    if (this.#runs.shared) return error instanceof StoreUnavailableError ? undefined : await released
    try {
      const state = isSame ? walk.checkpoint() ?? begunState(walk, run) : undefined
      if (state === undefined) {
        if (walk.hasPerformed) await run.abandon((events) => ({ performed: walk.performed, events }))
      } else if (await this.#runs.write(run.id, run.id, run.found, walk.plan.flow, state)) {
        tellWalk(walk, request.http.method)
      }
    } catch (cause) {
      // It goes on from where it was.
      this.#tools.services.log.warn({ flow: walk.plan.flow.slug, err: cause }, 'what a request has done could not be kept')
    }
  }

  /** Writes that a stage has failed, or frees the run where that cannot be written. */
  async #noteFault (request: FlowRequest, walk: Walk, run: ClaimedRun): Promise<void> {
    try {
      const at = this.#tools.services.now()
      const binding = walk.current?.compiled.binding.pk ?? ''
      await this.#goOnFrom(request, walk, run, { kind: 'failed', binding, request: request.http.id, at })
    } catch (error) {
      // Nobody waits for it: the store may be away.
      run.release(() => walk.performed).catch(() => {})
      request.browser.withdraw?.(true)
      throw error
    }
  }

  /**
   * Where stages have passed in the request before the one that failed, their effects have taken place: the run goes on from the
   * one that failed, or nobody could go on at all. Otherwise it stays where it was.
   */
  async #goOnFrom (request: FlowRequest, walk: Walk, run: ClaimedRun, failed: RunEvent): Promise<void> {
    const { flow } = walk.plan
    const checkpoint = walk.checkpoint()
    if (checkpoint === undefined) request.browser.withdraw?.(true)
    const state = checkpoint ?? begunState(walk, run)
    if (state === undefined) {
      this.#tools.onFailed?.(walk, failed)
      await run.abandon((events) => ({ performed: walk.performed, events: withEvent(events, failed) }))
      if (run.begins && run.found.kind === 'live') await request.browser.remember(flow.pk)
      return
    }
    const to = run.place.id
    const isKept = await this.#runs.write(run.id, to, run.found, flow, { ...state, events: withEvent(state.events, failed) })
    if (!isKept) {
      request.browser.withdraw?.(false)
      return
    }
    tellWalk(walk, request.http.method)
    if (run.begins || run.id !== to) await request.browser.remember(flow.pk)
  }
}

/** That a run has begun, where that had effects: it is kept of a request that has failed before any stage has passed. */
function begunState (walk: Walk, run: ClaimedRun): RunState | undefined {
  return run.found.kind !== 'live' && walk.hasPerformed ? walk.begun() : undefined
}

function isRecalled (run: ClaimedRun | undefined): boolean {
  return run?.found.kind === 'live' && run.found.isRecalled
}
