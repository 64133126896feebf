import type { CompiledFlow } from '../registry/compiled-flow.js'
import type { Registry } from '../registry/registry.js'
import type { RunState } from '../runs/run-state.js'
import type { WalkSettings } from '../simulate/offline-tools.js'
import { maskedContext } from './masking.js'
import { neededDefinitions } from './needed-definitions.js'
import { recordedOutcome } from './recorded-outcome.js'
import { RECORDING_FORMAT, type RunRecording } from './run-recording.js'

/** Whether a run was recorded from its beginning. */
export function isRecorded ({ recorded = [] }: RunState): boolean {
  return recorded.length > 0
}

/**
 * A run as a recording that can be walked again; undefined where the run was not recorded from its beginning.
 *
 * @param flow the flow as the run began with it.
 * @param made what the run was made with.
 * @throws DefinitionError where the run refers to a binding of neither.
 */
export function exportRun (
  flow: CompiledFlow, state: RunState, registry: Registry, made: Pick<RunRecording, 'options' | 'verdicts'> = {}
): RunRecording | undefined {
  if (!isRecorded(state)) return undefined
  return {
    format: RECORDING_FORMAT,
    version: 1,
    flow: flow.flow.slug,
    hash: flow.hash,
    ...made,
    definitions: structuredClone(neededDefinitions(flow, registry)),
    context: maskedContext(state.initial),
    steps: [...state.recorded ?? []],
    ...recordedOutcome(flow, state, registry.kinds.stageKinds)
  }
}

/** The options of an engine that show in its challenges. */
export function settingsOf ({ defaultRedirect, maxRestarts, requireStepToken }: WalkSettings): WalkSettings {
  return { defaultRedirect, maxRestarts, requireStepToken }
}
