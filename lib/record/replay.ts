import { Value } from '@sinclair/typebox/value'
import { decodeContext } from '../context/decode.js'
import { isDeeper } from '../depth.js'
import { RecordingError } from '../errors.js'
import type { Definitions } from '../model/definitions.js'
import type { UserPk } from '../model/user.js'
import { defaultPolicyFunctions } from '../policies/default-functions.js'
import { builtInPolicyKinds } from '../policies/kinds/index.js'
import type { PolicyFunction, PolicyKind, PreparedPolicy } from '../policies/policy-kind.js'
import type { RegistryOptions } from '../registry/registry.js'
import { DryEngine } from '../simulate/dry-engine.js'
import { offlineTools } from '../simulate/offline-tools.js'
import { requirePolicies, statedVerdicts, type PolicyOverride, type StatedVerdict } from '../simulate/overriding-planner.js'
import { filledAnswer } from '../simulate/stand-in.js'
import { differentDecision, differentFrame, firstDifference, type Difference } from './difference.js'
import { maskedChallenge } from './masking.js'
import { recordedOutcome } from './recorded-outcome.js'
import type { RecordedPolicyAnswer, RecordedStep } from './recorded-step.js'
import { RecordedWorld } from './recorded-world.js'
import { RunRecordingSchema, type RunRecording } from './run-recording.js'

/** Levels of lists and objects that a recording may have: several times what a context has, and far from what a stack holds. */
const MAX_LEVELS = 256

/** What a recording is walked again with. */
export interface ReplayOptions extends RegistryOptions {
  /** The definitions to walk. Defaults to those of the recording. */
  readonly definitions?: Definitions
  /** What policies are made to say, by name. */
  readonly verdicts?: Readonly<Record<string, StatedVerdict>>
}

/**
 * Walks a recorded run again, dry, and gives the first difference between the recorded and the new verdicts, decisions, frames
 * and challenges; undefined where there is none. Policies are asked anew, but for those that cannot be: what stands on a
 * secret, and functions that are not supplied, say what they said then.
 *
 * @throws RecordingError where it is no recording.
 * @throws SimulationError where a verdict is stated for a policy that there is not.
 * @throws DefinitionError where the definitions are wrong.
 * @throws FlowNotFoundError where they have no flow of this slug.
 */
export async function replay (recording: unknown, options: ReplayOptions = {}): Promise<Difference | undefined> {
  if (isDeeper(recording, MAX_LEVELS)) throw new RecordingError(`this is no recording of a run: it has more than ${MAX_LEVELS} levels`)
  if (!Value.Check(RunRecordingSchema, recording)) {
    const fault = Value.Errors(RunRecordingSchema, recording).First()
    throw new RecordingError(`this is no recording of a run: ${fault?.path ?? ''} ${fault?.message ?? ''}`)
  }
  requirePolicies(options.verdicts ?? {}, options.definitions ?? recording.definitions)
  const [first, ...others] = recording.steps
  if (first === undefined) throw new RecordingError('the recording has no step')
  return await new Replay(recording, new RecordedWorld([first, ...others]), options).run()
}

class Replay {
  readonly #recording: RunRecording
  readonly #world: RecordedWorld
  readonly #engine: DryEngine
  #challenge: Readonly<Record<string, unknown>> = {}

  constructor (recording: RunRecording, world: RecordedWorld, options: ReplayOptions) {
    const definitions = options.definitions ?? recording.definitions
    const standIns = standInFunctions(definitions, options.policies ?? {})
    const { now, newId, randomBytes, reputation, isOutpost } = world
    const policies = { ...standIns, ...options.policies }
    const { options: settings, verdicts } = recording
    const stated = { ...verdicts, ...options.verdicts }
    const offline = { ...options, policies, now, newId, randomBytes, reputation, isOutpost }
    this.#recording = recording
    this.#world = world
    this.#engine = new DryEngine({
      tools: offlineTools(definitions, { ...offline, ...settings === undefined ? {} : { settings } }),
      flow: recording.flow,
      user: null,
      http: { id: '', ip: '', method: '', path: '', origin: '', headers: {} },
      query: '',
      override: overrides(world, new Set(Object.keys(standIns)), { ...options, verdicts: stated }),
      users: world.users,
      scoresHoldChanges: true,
      newPk: world.newPk,
      takesCode: world.takesCode,
      isRefused: world.isRefused
    })
  }

  async run (): Promise<Difference | undefined> {
    for (const [index, step] of this.#recording.steps.entries()) {
      await this.#walk(step, index === 0)
      const found = this.#compare(step, this.#recording.steps[index - 1])
      if (found !== undefined) return { step: index + 1, ...found }
    }
    return undefined
  }

  async #walk (step: RecordedStep, isStart: boolean): Promise<void> {
    this.#world.turnTo(step)
    const user = step.user === null ? null : await this.#engine.services.users.get(step.user) ?? null
    this.#engine.turnTo({ http: { id: 'replay', ...step.http }, query: step.query }, user)
    const to = { challenge: this.#challenge, now: step.now[0] ?? 0, hasListedCode: this.#world.isListedCode }
    const source = { user: (pk: UserPk) => this.#world.user(pk), secret: () => undefined }
    this.#challenge = isStart
      ? await this.#engine.start(decodeContext(this.#recording.context, source))
      : await this.#engine.answer(filledAnswer(step.answer ?? {}, to))
  }

  #compare (step: RecordedStep, before: RecordedStep | undefined): Omit<Difference, 'step'> | undefined {
    const { state, services: { registry } } = this.#engine
    const flow = state === undefined ? undefined : registry.flowOf(state)
    if (state === undefined || flow === undefined) throw new Error('a replay has a run')
    const { decisions, frames } = recordedOutcome(flow, state, registry.kinds.stageKinds)
    const [fromDecision, fromFrame] = [before?.decisions ?? 0, before?.frames ?? 0]
    return differentDecision(this.#recording.decisions.slice(fromDecision, step.decisions), decisions.slice(fromDecision)) ??
      differentFrame(this.#recording.frames.slice(fromFrame, step.frames), frames.slice(fromFrame)) ??
      this.#differentChallenge(step, state.pending[0]?.binding, before === undefined)
  }

  #differentChallenge (step: RecordedStep, current: string | undefined, isStart: boolean): Omit<Difference, 'step'> | undefined {
    const { registry } = this.#engine.services
    const shown = maskedChallenge(this.#challenge, registry.kinds.stageKinds.values(), [])
    if (isStart) delete shown['response_errors']
    const difference = firstDifference(step.challenge, shown)
    const stage = registry.flow(this.#recording.flow)?.bindingsByPk.get(current ?? '')?.stage.name ?? null
    return difference === undefined ? undefined : { what: 'challenge', stage, ...difference }
  }
}

/** Functions for policies that have none. Nobody asks them: what they said is in the recording. */
function standInFunctions (
  { policies }: Definitions, supplied: Readonly<Record<string, PolicyFunction>>
): Record<string, PolicyFunction> {
  const missing = policies.filter(({ name, kind, options }) => kind === 'expression' && options['language'] !== 'cel' &&
    !Object.hasOwn(supplied, name) && !Object.hasOwn(defaultPolicyFunctions, name))
  return Object.fromEntries(missing.map(({ name }) => [name, () => {
    throw new Error('The function is not there, and the recording has no answer of it')
  }]))
}

function overrides (
  world: RecordedWorld, standIns: ReadonlySet<string>, { verdicts = {}, policyKinds = [] }: ReplayOptions
): PolicyOverride {
  const stated = statedVerdicts(verdicts)
  const kinds: readonly PolicyKind[] = [...builtInPolicyKinds, ...policyKinds]
  const onSecrets = new Set(kinds.filter(({ usesSecrets }) => usesSecrets === true).map(({ kind }) => kind))
  return (binding) => {
    const override = stated(binding)
    if (override !== undefined || !(onSecrets.has(binding.kind) || standIns.has(binding.name))) return override
    const answer = world.nextAnswer(binding.pk)
    return answer === undefined ? undefined : said(answer)
  }
}

/** A policy that says what was recorded. */
function said ({ answer, messages }: RecordedPolicyAnswer): PreparedPolicy {
  return {
    pure: false,
    evaluate: () => {
      if (answer === 'error') throw new Error(messages.join('\n'))
      if (answer === 'cancelled') return new Promise(() => {})
      return { passing: answer === 'pass', messages }
    }
  }
}
