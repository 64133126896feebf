import { applyChanges } from '../context/changes.js'
import type { EncodedContext } from '../context/encoded.js'
import { sanitiseContext } from '../context/sanitise.js'
import type { CompiledFlow } from '../registry/compiled-flow.js'
import { bindingOf } from '../runs/run-bindings.js'
import type { RunState } from '../runs/run-state.js'
import type { StageKind } from '../stages/stage-kind.js'
import { maskedUrls } from './masking.js'
import type { RecordedDecision, RecordedFrame } from './run-recording.js'

/** What came of a run, as recordings compare it: stages by name, because a binding that was put in has another key each time. */
export interface RecordedOutcome {
  readonly decisions: RecordedDecision[]
  readonly frames: RecordedFrame[]
}

export function recordedOutcome (
  flow: CompiledFlow, state: RunState, kinds: ReadonlyMap<string, StageKind>
): RecordedOutcome {
  const nameOf = (pk: string) => bindingOf(flow, state, pk, kinds).stage.name
  let context: EncodedContext = {}
  return {
    decisions: state.decisions.map(({ binding, decision, at, verdicts }) => ({
      stage: binding === null ? null : nameOf(binding),
      decision,
      at,
      verdicts: verdicts.map(({ name, result, messages }) => ({ policy: name, result, messages: [...messages] }))
    })),
    frames: state.frames.map(({ binding, next, changes }) => {
      context = applyChanges(context, changes)
      return { stage: nameOf(binding), next: next === null ? null : nameOf(next), context: maskedUrls(sanitiseContext(context)) }
    })
  }
}
