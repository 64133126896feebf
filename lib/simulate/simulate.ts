import type { PlanContext } from '../context/plan-context.js'
import type { ExecutorTools } from '../executor/executor-tools.js'
import { FlowNotFoundError } from '../errors.js'
import type { Explanation } from '../explain/explanation-schema.js'
import type { User } from '../model/user.js'
import { exportRun, settingsOf } from '../record/export-run.js'
import { Recorder } from '../record/recorder.js'
import type { RunRecording } from '../record/run-recording.js'
import type { RequestFacts } from '../request-facts.js'
import { DryEngine } from './dry-engine.js'
import type { Effect } from './effect-log.js'
import { requirePolicies, statedVerdicts, type StatedVerdict } from './overriding-planner.js'
import { filledAnswer } from './stand-in.js'

/** What would happen if …: what a dry walk is asked with. */
export interface SimulationRequest {
  /** Slug of the flow. */
  readonly flow: string
  /** Who is signed in. */
  readonly user: User | null
  readonly context: PlanContext
  readonly http: RequestFacts
  /** The page's query. */
  readonly query: string
  /** What policies are made to say, by policy name; a binding's negation applies to it. */
  readonly verdicts: Readonly<Record<string, StatedVerdict>>
  /** What is answered, in order. `component` and `step_token` are filled in where they are left out, stand-ins always. */
  readonly answers: ReadonlyArray<Readonly<Record<string, unknown>>>
  /** Whether a password that is no stand-in is checked by the user store. Defaults to no: then it is wrong. */
  readonly checksPasswords?: boolean
  /** Whether the walk is recorded, to be walked again. Defaults to no. */
  readonly record?: boolean
}

/** What a dry walk came to. */
export interface Simulation {
  readonly explanation: Explanation
  /** What would have changed outside the run, in order. */
  readonly effects: readonly Effect[]
  /** What was shown, the first challenge first. */
  readonly challenges: ReadonlyArray<Readonly<Record<string, unknown>>>
  /** Answers that were not sent, because the walk had ended. */
  readonly unusedAnswers: number
  /** The walk as it was recorded, where that was asked for. */
  readonly recording?: RunRecording
}

const ENDINGS: ReadonlySet<unknown> = new Set(['xak-flow-redirect', 'ak-stage-access-denied', 'ak-stage-flow-error'])

/**
 * Plans a flow, walks it through the given answers, and explains the run: all of it dry. Users, scores, sessions, runs and
 * the plan cache stay as they are. Policies are asked as ever: what a host's function does on its own is its own doing.
 *
 * @throws FlowNotFoundError
 * @throws SimulationError where a verdict is stated for a policy that there is not.
 */
export async function simulate (tools: ExecutorTools, request: SimulationRequest): Promise<Simulation> {
  requireKnown(tools, request)
  const recorder = request.record === true ? new Recorder() : undefined
  const engine = new DryEngine({ ...request, tools, override: statedVerdicts(request.verdicts), recorder })
  const challenges = [await engine.start(request.context)]
  let unusedAnswers = request.answers.length
  for (const answer of request.answers) {
    const challenge = challenges.at(-1) ?? {}
    if (ENDINGS.has(challenge['component'])) break
    challenges.push(await engine.answer(filledAnswer(answer, { challenge, now: engine.services.now() })))
    unusedAnswers -= 1
  }
  const explanation = engine.explain()
  return { explanation, effects: engine.effects, challenges, unusedAnswers, ...recordingOf(tools, engine, request) }
}

function recordingOf (tools: ExecutorTools, { state }: DryEngine, { verdicts }: SimulationRequest): { recording?: RunRecording } {
  const { registry } = tools.services
  const flow = state === undefined ? undefined : registry.flowOf(state)
  if (flow === undefined || state === undefined) return {}
  const recording = exportRun(flow, state, registry, { options: settingsOf(tools), verdicts })
  return recording === undefined ? {} : { recording }
}

function requireKnown ({ services }: ExecutorTools, { flow, verdicts }: SimulationRequest): void {
  const compiled = services.registry.flow(flow)
  if (compiled === undefined) throw new FlowNotFoundError(flow)
  requirePolicies(verdicts, compiled.definitions.definitions)
}
