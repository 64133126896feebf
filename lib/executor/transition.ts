import { appended } from '../appended.js'
import type { PlanContext } from '../context/plan-context.js'
import { CrossSiteError, DefinitionError } from '../errors.js'
import { andThen, isPromise, type MaybePromise } from '../maybe-promise.js'
import { NONE } from '../none.js'
import type { DecisionKind } from '../planner/decision.js'
import type { PlannedBinding } from '../planner/flow-plan.js'
import { EmptyFlowError, FlowNotApplicableError } from '../planner/plan-errors.js'
import { subjectOf } from '../planner/planner.js'
import type { PolicyOutcome } from '../policies/verdict.js'
import type { Ending } from '../runs/run-state.js'
import { isBuiltIn } from '../stages/index.js'
import type { StageKind } from '../stages/stage-kind.js'
import type { AnswerFault, StageResult } from '../stages/stage-result.js'
import { deniedEnding, finishEnding, redirectEnding, refusalEnding } from './endings.js'
import type { ExecutorTools } from './executor-tools.js'
import type { FlowRequest } from './flow-request.js'
import { readEntry } from './result-reading.js'
import { guarded, StageFault } from './stage-fault.js'
import { Turn } from './turn.js'
import type { Walk } from './walk.js'

/** A walk that goes on with another flow. */
export interface FlowSwitch {
  readonly request: FlowRequest
  readonly walk: Walk
  /** The slug of the other flow. */
  readonly slug: string
  readonly keepContext: boolean
  /** How many flows of this request have gone on with another one before. */
  readonly switches: number
}

/**
 * Begins a run of another flow. Gives how the run that it is begun from ends: as the other one has, where that has ended already,
 * else at its page; undefined where that flow does not apply.
 */
export type SwitchFlow = (to: FlowSwitch) => Promise<Ending | undefined>

/**
 * Moves a walk on: the one place where stages are passed, refused, left out and denied, whatever has brought it there.
 */
export class Transition {
  readonly #tools: ExecutorTools
  readonly #request: FlowRequest
  readonly #walk: Walk
  readonly #switchFlow: SwitchFlow
  readonly #switches: number

  /** @param switches how many flows of this request have gone on with another one before. */
  constructor (tools: ExecutorTools, request: FlowRequest, walk: Walk, switchFlow: SwitchFlow, switches: number) {
    this.#tools = tools
    this.#request = request
    this.#walk = walk
    this.#switchFlow = switchFlow
    this.#switches = switches
  }

  /** Goes on until a stage has a challenge for the client, or the run has ended. */
  advance (): MaybePromise<void> {
    const walk = this.#walk
    while (walk.ending === null && !walk.entered) {
      const gone = this.#goOn()
      if (isPromise(gone)) return gone.then(() => this.advance())
    }
  }

  #goOn (): MaybePromise<void> {
    const { current } = this.#walk
    if (current === undefined) return this.#walk.end(finishEnding(this.#tools, this.#walk))
    if (!isToBeAsked(current)) return this.#enter(current)
    return andThen(this.#passes(current), (passes) => passes ? this.#enter(current) : undefined)
  }

  /** Does what a stage's result asks for, and goes on from there; gives back what is to be told of a refused answer. */
  settle (result: StageResult): MaybePromise<readonly AnswerFault[]> {
    return andThen(this.#apply(result), (faults) => andThen(this.advance(), () => faults))
  }

  #apply (result: StageResult): MaybePromise<readonly AnswerFault[]> {
    const walk = this.#walk
    switch (result.kind) {
      case 'passed':
        walk.pass()
        return andThen(walk.guard.afterPass(), () => NONE)
      case 'redirected':
        walk.pass()
        walk.end(redirectEnding(result.to))
        return NONE
      case 'switched': return andThen(this.#switch(result.flow, result.keepContext), () => NONE)
      case 'refused': return this.#refuse(result.faults, result.final)
      case 'denied': return andThen(this.#deny(result.message), () => NONE)
    }
  }

  /** Asks the policies of a binding whose turn has come; false where it was taken out or the run ended. */
  #passes (current: PlannedBinding): MaybePromise<boolean> {
    const { plan, context } = this.#walk
    const { browser, http } = this.#request
    const question = { user: subjectOf(context, browser.user), context, http, plan, flow: plan.flow }
    return andThen(this.#tools.planner.ask(current.compiled.policies, question), (outcome) => this.#isKept(current, outcome))
  }

  #isKept (current: PlannedBinding, outcome: PolicyOutcome): boolean {
    const walk = this.#walk
    if (outcome.result === 'error') {
      this.#note(current, 'denied', outcome)
      walk.end(deniedEnding('This step could not be checked. Please try again later.'))
      return false
    }
    if (outcome.result === 'fail') {
      this.#note(current, 'taken_out', outcome)
      walk.takeOut()
      return false
    }
    this.#note(current, 'kept', outcome)
    walk.plan.placeNext()
    return true
  }

  #enter (current: PlannedBinding): MaybePromise<void> {
    const { kind, stage } = current.compiled
    if (this.#request.fromElsewhere && acts(kind)) throw new CrossSiteError()
    const refusal = this.#tools.refusesToEnter?.(current.compiled)
    if (refusal !== undefined) {
      this.#walk.end(deniedEnding(refusal))
      return
    }
    this.#walk.entered = true
    if (isBuiltIn(kind) && kind.enter === undefined) return this.#entered(current, undefined)
    const turn = new Turn(this.#tools, this.#request, this.#walk, current)
    const entry = this.#walk.measured(() => guarded(stage.name, () => andThen(kind.enter?.(turn), readEntry)))
    return andThen(entry, (result) => this.#entered(current, result))
  }

  /** A result is the stage's last word in this turn: what is refused here nobody has answered, so that nobody can answer anew. */
  #entered ({ compiled: { binding, stage, kind } }: PlannedBinding, result: StageResult | undefined): MaybePromise<void> {
    if (result !== undefined) {
      this.#walk.entered = false
      const final = result.kind === 'refused' ? { ...result, final: true } : result
      return andThen(this.#apply(final), () => {})
    }
    this.#walk.note({ kind: 'challenge', binding: binding.pk, at: this.#walk.now })
    if (kind.respond !== undefined) return
    const what = `the kind '${kind.kind}' has no challenge, so its 'enter' must give a result`
    throw new StageFault(stage.name, { cause: new DefinitionError(`stage '${stage.name}'`, what) })
  }

  #refuse (faults: readonly AnswerFault[], isFinal: boolean): MaybePromise<readonly AnswerFault[]> {
    const binding = this.#walk.current?.compiled.binding
    const action = binding?.invalidResponseAction
    if (binding !== undefined) this.#walk.note({ kind: 'refused', binding: binding.pk, faults, at: this.#walk.now })
    if (action === 'retry' && !isFinal) return faults
    return andThen(this.#deny(''), () => NONE)
  }

  #deny (message: string): MaybePromise<void> {
    switch (this.#walk.current?.compiled.binding.invalidResponseAction) {
      case 'restart': return andThen(this.#walk.initialContext(), (context) => this.#restart(context, false))
      case 'restart_with_context': return this.#restart(this.#walk.context, true)
      default: this.#walk.end(deniedEnding(message))
    }
  }

  async #restart (context: PlanContext, keptContext: boolean): Promise<void> {
    const walk = this.#walk
    walk.restarts += 1
    if (walk.restarts > this.#tools.maxRestarts) {
      walk.end(deniedEnding('The flow was restarted too often.'))
      return
    }
    const binding = walk.current?.compiled.binding.pk
    if (binding !== undefined) walk.note({ kind: 'restarted', binding, keptContext, at: walk.now })
    try {
      const { compiled: flow } = walk.plan
      const { user } = this.#request.browser
      walk.replan(await this.#tools.planner.plan({ flow, user, request: this.#request.http, context, useCache: false }))
    } catch (error) {
      this.#endWithout(error)
    }
  }

  #endWithout (error: unknown): void {
    const walk = this.#walk
    if (error instanceof FlowNotApplicableError) {
      walk.decisions = [...walk.decisions, ...error.decisions]
      walk.end(refusalEnding(this.#tools, walk, error))
    } else if (error instanceof EmptyFlowError) {
      walk.decisions = [...walk.decisions, ...error.decisions]
      walk.end(finishEnding(this.#tools, walk))
    } else {
      throw error
    }
  }

  async #switch (slug: string, keepContext: boolean): Promise<void> {
    const walk = this.#walk
    if (slug === walk.plan.flow.slug) {
      await this.#restart(switchedContext(walk, keepContext), keepContext)
      return
    }
    // The run of another flow is an effect outside this one.
    await walk.guard.beforeEffect()
    const ending = await this.#switchFlow({ request: this.#request, walk, slug, keepContext, switches: this.#switches })
    if (ending?.kind !== 'redirected') {
      await this.#deny(ending?.kind === 'denied' ? ending.message : '')
      return
    }
    walk.pass()
    walk.end(ending)
  }

  #note (current: PlannedBinding, decision: DecisionKind, { messages, verdicts }: PolicyOutcome): void {
    const walk = this.#walk
    walk.decisions = appended(walk.decisions, { binding: current.compiled.binding.pk, decision, at: 'turn', messages, verdicts })
  }
}

/** What a flow begins with that a stage of a walk goes on with. */
export function switchedContext ({ context, plan }: Walk, keepContext: boolean): PlanContext {
  return { ...keepContext ? context : {}, is_redirected: plan.flow.slug }
}

/** Whether a binding whose turn has come has policies that are to be asked. */
function isToBeAsked ({ marker, compiled }: PlannedBinding): boolean {
  return marker !== 'none' && compiled.policies.bindings.length > 0
}

/** Whether entering a stage of this kind changes something outside the run. */
function acts (kind: StageKind): boolean {
  return kind.respond === undefined || kind.actsOnEntry === true
}
