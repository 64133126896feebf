import { CrossSiteError, DefinitionError } from '../errors.js'
import { flowPage } from '../flow-page.js'
import { andThen, type MaybePromise } from '../maybe-promise.js'
import type { DecisionKind } from '../planner/decision.js'
import type { PlannedBinding } from '../planner/flow-plan.js'
import { EmptyFlowError, FlowNotApplicableError } from '../planner/plan-errors.js'
import { subjectOf } from '../planner/planner.js'
import type { PolicyOutcome } from '../policies/verdict.js'
import type { StageKind } from '../stages/stage-kind.js'
import type { AnswerFault, StageResult } from '../stages/stage-result.js'
import { deniedEnding, finishEnding, redirectEnding, refusalEnding } from './endings.js'
import type { ExecutorTools } from './executor-tools.js'
import type { FlowRequest } from './flow-request.js'
import { readEntry } from './result-reading.js'
import { guarded } from './stage-fault.js'
import { Turn } from './turn.js'
import type { Walk } from './walk.js'

/** Begins a run of another flow; false where that flow does not apply. */
export type SwitchFlow = (slug: string, walk: Walk, keepContext: boolean) => Promise<boolean>

/**
 * Moves a walk on: the one place where stages are passed, refused, left out and denied, whatever has brought it there.
 */
export class Transition {
  readonly #tools: ExecutorTools
  readonly #request: FlowRequest
  readonly #walk: Walk
  readonly #switchFlow: SwitchFlow

  constructor (tools: ExecutorTools, request: FlowRequest, walk: Walk, switchFlow: SwitchFlow) {
    this.#tools = tools
    this.#request = request
    this.#walk = walk
    this.#switchFlow = switchFlow
  }

  /** Goes on until a stage has a challenge for the client, or the run has ended. */
  async advance (): Promise<void> {
    const walk = this.#walk
    while (walk.ending === null && !walk.entered) {
      const { current } = walk
      if (current === undefined) {
        walk.end(finishEnding(this.#tools, walk))
      } else if (!isToBeAsked(current) || await this.#passes(current)) {
        await this.#enter(current)
      }
    }
  }

  /** Does what a stage's result asks for; gives back what is to be told of a refused answer. */
  async settle (result: StageResult): Promise<readonly AnswerFault[]> {
    const walk = this.#walk
    switch (result.kind) {
      case 'passed':
        walk.pass()
        await walk.afterPass()
        await this.advance()
        return []
      case 'redirected':
        walk.pass()
        walk.end(redirectEnding(result.to))
        return []
      case 'switched':
        await this.#switch(result.flow, result.keepContext)
        return []
      case 'refused':
        return await this.#refuse(result.faults, result.final)
      case 'denied':
        await this.#deny(result.message)
        return []
    }
  }

  /** Asks the policies of a binding whose turn has come; false where it was taken out or the run ended. */
  async #passes (current: PlannedBinding): Promise<boolean> {
    const walk = this.#walk
    const outcome = await this.#tools.planner.ask(current.compiled.policies, {
      user: subjectOf(walk.context, this.#request.browser.user),
      context: walk.context,
      http: this.#request.http,
      plan: walk.plan,
      flow: walk.plan.flow
    })
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
    const turn = new Turn(this.#tools, this.#request, this.#walk, current)
    const entry = this.#walk.measured(() => guarded(stage.name, () => andThen(kind.enter?.(turn), readEntry)))
    return andThen(entry, (result) => this.#entered(current, result))
  }

  #entered ({ compiled: { binding, stage, kind } }: PlannedBinding, result: StageResult | undefined): MaybePromise<void> {
    if (result !== undefined) {
      this.#walk.entered = false
      return andThen(this.settle(result), () => {})
    }
    this.#walk.note({ kind: 'challenge', binding: binding.pk, at: this.#walk.now })
    if (kind.respond !== undefined) return
    throw new DefinitionError(`stage '${stage.name}'`, `the kind '${kind.kind}' has no challenge, so its 'enter' must give a result`)
  }

  async #refuse (faults: readonly AnswerFault[], isFinal: boolean): Promise<readonly AnswerFault[]> {
    const binding = this.#walk.current?.compiled.binding
    const action = binding?.invalidResponseAction
    if (binding !== undefined) this.#walk.note({ kind: 'refused', binding: binding.pk, faults, at: this.#walk.now })
    if (action === 'retry' && !isFinal) return faults
    await this.#deny('')
    return []
  }

  async #deny (message: string): Promise<void> {
    switch (this.#walk.current?.compiled.binding.invalidResponseAction) {
      case 'restart': return await this.#restart(await this.#walk.initialContext(), false)
      case 'restart_with_context': return await this.#restart(this.#walk.context, true)
      default: this.#walk.end(deniedEnding(message))
    }
  }

  async #restart (context: Walk['context'], keptContext: boolean): Promise<void> {
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
    await this.advance()
  }

  #endWithout (error: unknown): void {
    const walk = this.#walk
    if (error instanceof FlowNotApplicableError) {
      walk.decisions.push(...error.decisions)
      walk.end(refusalEnding(this.#tools, walk, error))
    } else if (error instanceof EmptyFlowError) {
      walk.decisions.push(...error.decisions)
      walk.end(finishEnding(this.#tools, walk))
    } else {
      throw error
    }
  }

  async #switch (slug: string, keepContext: boolean): Promise<void> {
    const walk = this.#walk
    if (!await this.#switchFlow(slug, walk, keepContext)) {
      await this.#deny('')
      return
    }
    walk.pass()
    walk.end(redirectEnding(flowPage(slug, new URLSearchParams(walk.query))))
  }

  #note (current: PlannedBinding, decision: DecisionKind, { messages, verdicts }: PolicyOutcome): void {
    this.#walk.decisions.push({ binding: current.compiled.binding.pk, decision, at: 'turn', messages, verdicts })
  }
}

/** Whether a binding whose turn has come has policies that are to be asked. */
function isToBeAsked ({ marker, compiled }: PlannedBinding): boolean {
  return marker !== 'none' && compiled.policies.bindings.length > 0
}

/** Whether entering a stage of this kind changes something outside the run. */
function acts (kind: StageKind): boolean {
  return kind.respond === undefined || kind.actsOnEntry === true
}
