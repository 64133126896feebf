import { AsyncLocalStorage } from 'node:async_hooks'
import { appended } from '../appended.js'
import { encodeContext } from '../context/codec.js'
import type { PlanContext } from '../context/plan-context.js'
import { sanitiseContext } from '../context/sanitise.js'
import type { FlowRequest } from '../executor/flow-request.js'
import type { MaybePromise } from '../maybe-promise.js'
import { isPlainObject } from '../plain-object.js'
import type { OutpostCheck } from '../planner/requirement.js'
import type { PolicyOutcome, Verdict } from '../policies/verdict.js'
import type { RunState, StoredRun } from '../runs/run-state.js'
import type { RunStore } from '../runs/run-store.js'
import type { Services } from '../services.js'
import type { StageKind, StageTurn } from '../stages/stage-kind.js'
import { maskedQuery } from './masked-url.js'
import { maskedChallenge, maskedHeaders } from './masking.js'
import { recordedAnswer, type Judgement } from './recorded-answer.js'
import type { RecordedPolicyAnswer, RecordedStep, RecordedUser } from './recorded-step.js'
import { noteUser, recordingReputation, recordingUsers } from './recording-stores.js'

/** Requests that are kept of one run: whoever guesses for ever must not make the run's state grow for ever. */
const MAX_STEPS = 200

/** A request that is under way. */
export class StepInProgress {
  readonly step: RecordedStep
  readonly secrets: readonly string[]
  /** The runs as they were when the request first read them, by their key in the store. */
  readonly before = new Map<string, RunState | undefined>()
  #answer: ((judgement: Judgement) => Record<string, unknown>) | undefined
  #hasChallenge = false

  constructor ({ browser, http, query: sent }: FlowRequest) {
    const { text: query, secrets } = maskedQuery(sent ?? '')
    const { ip, method, path, origin } = http
    const users: RecordedUser[] = []
    if (browser.user !== null) noteUser(users, browser.user)
    this.secrets = secrets
    this.step = {
      http: { ip, method, path, origin, headers: maskedHeaders(http.headers) },
      query,
      user: browser.user?.pk ?? null,
      answer: null,
      now: [],
      ids: [],
      users,
      devices: [],
      consents: [],
      created: [],
      refused: [],
      codesOf: [],
      scores: [],
      policies: [],
      challenge: {},
      decisions: 0,
      frames: 0
    }
  }

  async answered (kind: StageKind, turn: StageTurn, body: unknown): Promise<void> {
    this.#answer = await recordedAnswer(kind, turn, body)
  }

  challenged (body: Readonly<Record<string, unknown>>, kinds: Iterable<StageKind>): void {
    const challenge = maskedChallenge(body, kinds, this.secrets)
    // That a run had to start again is said to whoever answered the one before it.
    if (this.#answer === undefined) delete challenge['response_errors']
    this.step.challenge = challenge
    this.#hasChallenge = true
  }

  /** The state to store, with what has been recorded of its run until now. An answer was right if its stage has passed. */
  finish (state: RunState): RunState {
    const before = [...this.before.values()].find((run) => run?.id === state.id)
    const steps = before?.recorded ?? []
    // A run that was under way before anybody recorded it has no beginning to be walked from.
    const isRecorded = before === undefined || steps.length > 0
    if (!this.#hasChallenge || !isRecorded || steps.length >= MAX_STEPS) return { ...state, recorded: steps }
    return { ...state, recorded: appended(steps, this.#finished(state, before)) }
  }

  #finished (state: RunState, before: RunState | undefined): RecordedStep {
    const [decisions, frames] = [state.decisions.length, state.frames.length]
    const errors = this.step.challenge['response_errors']
    const isRefused = (name: string) => isPlainObject(errors) && Object.hasOwn(errors, name)
    const answer = this.#answer?.({ isRight: frames > (before?.frames.length ?? 0), isRefused }) ?? null
    return { ...structuredClone(this.step), ids: this.#shownIds(state), answer, decisions, frames }
  }

  /** An id may be a secret, such as a token. Only those that are shown anyway are kept; where others were stays a gap. */
  #shownIds ({ context }: RunState): string[] {
    const shown = JSON.stringify([this.step.challenge, sanitiseContext(context)])
    return this.step.ids.map((id) => shown.includes(id) ? id : '')
  }
}

/**
 * Records what comes into runs from outside (answers, users, scores, the clock), so that they can be walked again. It is
 * handed to the parts of an engine; whoever does without has none of its cost.
 */
export class Recorder {
  readonly #current = new AsyncLocalStorage<StepInProgress>()

  /** Runs a request to the executor and records it. */
  async during<T> (request: FlowRequest, task: () => MaybePromise<T>): Promise<T> {
    return await this.#current.run(new StepInProgress(request), task)
  }

  /** Notes whom the context of the run that begins refers to: nobody reads them until its next request. */
  begun (context: PlanContext): void {
    encodeContext(context, { keep: () => '', meet: (user) => noteUser(this.current?.step.users, user) })
  }

  /** The request that is under way. */
  get current (): StepInProgress | undefined {
    return this.#current.getStore()
  }

  /** Services that record what they give. */
  services (services: Services): Services {
    const step = () => this.current?.step
    return {
      ...services,
      users: recordingUsers(services.users, step),
      reputation: recordingReputation(services.reputation, step),
      now: () => noted(services.now(), step()?.now),
      newId: () => noted(services.newId(), step()?.ids)
    }
  }

  /** A run store that keeps the recording with the run. */
  runs (store: RunStore): RunStore {
    const load = async (id: string): Promise<StoredRun | undefined> => {
      const run = await store.load(id)
      const before = this.current?.before
      if (before?.has(id) === false) before.set(id, run?.state)
      return run
    }
    const finish = (state: RunState) => this.current?.finish(state) ?? state
    return {
      shared: store.shared,
      hidesIds: store.hidesIds === true,
      load,
      create: (id, state) => store.create(id, finish(state)),
      compareAndSet: (id, revision, state, write) => store.compareAndSet(id, revision, finish(state), write),
      delete: (id) => store.delete(id)
    }
  }

  /** A check that records what it says. */
  outposts (check: OutpostCheck): OutpostCheck {
    return (http) => {
      const isOutpost = check(http)
      const step = this.current?.step
      if (step !== undefined) step.isOutpost = isOutpost
      return isOutpost
    }
  }

  /** To be told what policies have said. */
  readonly onOutcome = ({ verdicts }: PolicyOutcome): void => {
    this.current?.step.policies.push(...verdicts.map(policyAnswer))
  }
}

function policyAnswer ({ binding, result, faulty, negated, messages }: Verdict): RecordedPolicyAnswer {
  if (faulty) return { binding, answer: 'error', messages: [...messages] }
  const answer = result === 'pass' || result === 'fail' ? (result === 'pass') !== negated ? 'pass' : 'fail' : result
  return { binding, answer, messages: [...messages] }
}

function noted<T> (value: T, list: T[] | undefined): T {
  list?.push(value)
  return value
}
