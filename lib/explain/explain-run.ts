import { applyChanges } from '../context/changes.js'
import type { EncodedContext } from '../context/encoded.js'
import type { PolicyEngineMode } from '../model/scalars.js'
import type { Decision } from '../planner/decision.js'
import { isRecorded } from '../record/export-run.js'
import type { CompiledBinding, CompiledFlow } from '../registry/compiled-flow.js'
import { bindingOf } from '../runs/run-bindings.js'
import type { RunState } from '../runs/run-state.js'
import type { StageKind } from '../stages/stage-kind.js'
import { explainChanges } from './change-explanations.js'
import { ENGLISH } from './explain-words.js'
import type {
  BindingExplanation, DecisionExplanation, Explanation, FrameExplanation, PlanningExplanation
} from './explanation-schema.js'
import { bindingFacts, planningFacts } from './facts.js'
import { PlanPosition } from './plan-position.js'
import { explainPolicies } from './policy-explanations.js'
import { bindingReason, planningReason } from './reason.js'
import { explainTimeline, isoTime } from './timeline.js'

/**
 * Explains a run: what became of every binding and why, what each policy said, what happened when, and what each stage
 * changed of the context. Reads only; what contract section 6 masks is masked.
 *
 * @param flow the flow as the run began with it.
 * @param kinds the registered kinds of stage.
 * @throws DefinitionError where the run refers to a binding of neither.
 */
export function explainRun (flow: CompiledFlow, state: RunState, kinds: ReadonlyMap<string, StageKind>): Explanation {
  const position = new PlanPosition(state)
  const find = (pk: string) => bindingOf(flow, state, pk, kinds)
  const outcome = planningOutcome(position, flow.flow.policyEngineMode)
  const bindings = inOrder(flow, position).map((pk) => {
    const explained = explainBinding(find(pk), flow, position)
    return { ...explained, reason: bindingReason(bindingFacts(explained, outcome, state.ending), ENGLISH) }
  })
  const { frames, last } = explainFrames(state, find)
  const { pk, slug, name, title, designation } = flow.flow
  return {
    flow: { pk, slug, name, title, designation },
    run: {
      startedAt: isoTime(state.startedAt),
      movedAt: isoTime(state.movedAt),
      expiresAt: isoTime(state.expiresAt),
      restarts: state.restarts,
      recorded: isRecorded(state),
      ending: state.ending
    },
    planning: explainPlanning(flow, position, outcome, bindings),
    bindings,
    timeline: explainTimeline(state.events, find),
    frames,
    sinceLastFrame: explainChanges(last, state.context)
  }
}

/** The definition's bindings in order; an inserted one comes after the one that went before it. */
function inOrder (flow: CompiledFlow, position: PlanPosition): string[] {
  const { walk } = position
  const order = flow.bindings.map(({ binding }) => binding.pk)
  const inserted = new Set(position.inserted)
  for (const [index, pk] of walk.entries()) {
    if (inserted.delete(pk)) order.splice(order.indexOf(walk[index - 1] ?? '') + 1, 0, pk)
  }
  return [...order, ...inserted]
}

function explainBinding (
  { binding, stage, kind }: CompiledBinding, flow: CompiledFlow, position: PlanPosition
): Omit<BindingExplanation, 'reason'> {
  const decided = position.about(binding.pk)
  return {
    pk: binding.pk,
    order: binding.order,
    stage: { pk: stage.pk, name: stage.name, kind: stage.kind, verboseName: kind.verboseName },
    inserted: !flow.bindingsByPk.has(binding.pk),
    state: position.stateOf(binding.pk),
    marker: position.markerOf(binding.pk),
    evaluateOnPlan: binding.evaluateOnPlan,
    reEvaluatePolicies: binding.reEvaluatePolicies,
    policyEngineMode: binding.policyEngineMode,
    invalidResponseAction: binding.invalidResponseAction,
    decisions: decided.map(explainDecision),
    policies: explainPolicies(binding.pk, flow.definitions, decided)
  }
}

function explainDecision ({ decision, at, messages }: Decision): DecisionExplanation {
  return { decision, at, messages: [...messages] }
}

function explainPlanning (
  { flow, definitions }: CompiledFlow, position: PlanPosition, outcome: PlanningExplanation['outcome'],
  bindings: readonly BindingExplanation[]
): PlanningExplanation {
  const decided = position.about(null)
  const planning = {
    outcome,
    requirement: flow.authentication,
    policyEngineMode: flow.policyEngineMode,
    decisions: decided.map(explainDecision),
    policies: explainPolicies(flow.pk, definitions, decided)
  }
  return { ...planning, reason: planningReason(planningFacts(planning, bindings), ENGLISH) }
}

function planningOutcome ({ decisions, walk }: PlanPosition, mode: PolicyEngineMode): PlanningExplanation['outcome'] {
  const refusal = decisions.find(({ decision }) => decision === 'refused')
  if (refusal !== undefined) return refusalOutcome(refusal, mode)
  const isKept = decisions.some(({ binding, decision }) => binding !== null && decision.startsWith('kept'))
  return isKept || walk.length > 0 ? 'planned' : 'empty'
}

function refusalOutcome ({ binding, verdicts }: Decision, mode: PolicyEngineMode): PlanningExplanation['outcome'] {
  // A policy that fails leaves a binding out, so only one that could not answer refuses the flow there.
  if (binding !== null) return 'policy_error'
  // A flow without policies is refused by its requirement only.
  if (verdicts.length === 0) return 'requirement'
  const decisive = mode === 'all' ? 'fail' : 'error'
  return verdicts.some(({ result }) => result === decisive) === (mode === 'all') ? 'policy' : 'policy_error'
}

function explainFrames (
  state: RunState, find: (pk: string) => CompiledBinding
): { frames: FrameExplanation[], last: EncodedContext } {
  let before = state.initial
  let recorded: EncodedContext = {}
  const frames = state.frames.map(({ binding, next, changes }) => {
    recorded = applyChanges(recorded, changes)
    const explained = { binding, stage: find(binding).stage.name, next, changes: explainChanges(before, recorded) }
    before = recorded
    return explained
  })
  return { frames, last: before }
}
