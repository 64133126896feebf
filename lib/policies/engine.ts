import { redact } from '../context/sensitive.js'
import type { PlanContext } from '../context/plan-context.js'
import type { StoreUnavailableError } from '../errors.js'
import { isPromise, type MaybePromise } from '../maybe-promise.js'
import type { Flow } from '../model/flow.js'
import type { PolicyEngineMode } from '../model/scalars.js'
import type { Subject } from '../model/user.js'
import type { PlanAccess } from '../planner/plan-access.js'
import type { RequestFacts } from '../request-facts.js'
import type { Services } from '../services.js'
import { tellVerdict } from '../telemetry/channels.js'
import { readThrown } from '../thrown.js'
import { PlanHandle } from './plan-handle.js'
import type { PolicyRequest, PreparedPolicy } from './policy-kind.js'
import type { PolicyOutcome, Verdict, VerdictResult } from './verdict.js'

/** An enabled policy binding, ready to be asked. */
export interface PreparedBinding {
  readonly pk: string
  readonly order: number
  /** The policy's, group's or user's name. */
  readonly name: string
  /** The policy's kind, or `group` or `user`. */
  readonly kind: string
  readonly negate: boolean
  /** Milliseconds. */
  readonly timeout: number
  readonly failureResult: boolean | undefined
  /** Whether each verdict is logged. */
  readonly logged: boolean
  readonly policy: PreparedPolicy
}

/** What policies are bound to: a flow or a stage binding. */
export interface PolicyTarget {
  readonly mode: PolicyEngineMode
  /** In the order in which they are asked. */
  readonly bindings: readonly PreparedBinding[]
}

/** What all policies of a target are asked with. */
export interface PolicyQuestion {
  readonly user: Subject | null
  readonly context: PlanContext
  readonly http: RequestFacts | null
  readonly plan: PlanAccess | null
  readonly flow: Flow
  readonly services: Services
  /** Milliseconds of a clock that never goes back; durations are measured with it. */
  readonly clock: () => number
  /** What must not appear in a message, asked only where there is a message. */
  readonly secrets: () => readonly string[]
  /** Whether verdicts are not told to telemetry. Defaults to no. */
  readonly isSilent?: boolean
}

const NOTHING_ASKED: PolicyOutcome = Object.freeze({ result: 'pass', messages: [], verdicts: [], pure: true })

/**
 * Asks every policy of a target, in order, and combines the verdicts (CONTRACT.md section 4).
 *
 * All are started, so that the messages of all are kept; what has no result yet when the outcome is decided is
 * cancelled. The combination is three-valued: in mode `any` one pass decides, in mode `all` one fail, and otherwise
 * an error makes the outcome an error, whatever came first.
 *
 * @throws StoreUnavailableError where the outcome would be an error because a policy's store is away.
 */
export function askPolicies (target: PolicyTarget, question: PolicyQuestion): MaybePromise<PolicyOutcome> {
  if (target.bindings.length === 0) return NOTHING_ASKED
  const poll = new Poll(target, question)
  return poll.run()
}

/** The part of an outcome's messages that may be shown to anybody: what policies say, not what has gone wrong in them. */
export function publicMessages (outcome: PolicyOutcome): readonly string[] {
  return outcome.verdicts.filter((verdict) => !verdict.faulty).flatMap((verdict) => verdict.messages)
}

/** One asking of one policy: the request it sees, with a signal of its own. */
class Asking implements PolicyRequest {
  readonly user
  readonly context
  readonly http
  readonly flow
  readonly services
  readonly #plan: PlanAccess | null
  #handle: PlanHandle | undefined
  #controller: AbortController | undefined
  #cancelled = false

  constructor (question: PolicyQuestion) {
    this.user = question.user
    this.context = question.context
    this.http = question.http
    this.#plan = question.plan
    this.flow = question.flow
    this.services = question.services
  }

  /** Made when it is first looked at: most policies answer at once and never do. */
  get signal (): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#cancelled) this.#controller.abort()
    return this.#controller.signal
  }

  /** Made when it is first looked at, for the same reason. */
  get plan (): PlanAccess | null {
    if (this.#plan === null) return null
    this.#handle ??= new PlanHandle(this.#plan)
    if (this.#cancelled) this.#handle.close()
    return this.#handle
  }

  cancel (): void {
    this.#handle?.close()
    this.#cancelled = true
    this.#controller?.abort()
  }
}

/** What asking one policy has come to. */
interface Finding {
  readonly result: VerdictResult
  readonly messages: readonly string[]
  readonly faulty: boolean
}

const CANCELLED: Finding = { result: 'cancelled', messages: [], faulty: false }

/** What a fault in a policy comes to. */
function faultFinding ({ failureResult }: PreparedBinding, message: string): Finding {
  const result = failureResult === undefined ? 'error' : failureResult ? 'pass' : 'fail'
  return { result, messages: [message], faulty: true }
}

/**
 * Whether an answer has come after its time, although it is here: a policy that does not give way to others keeps the timer from
 * going off. Without any time only what is to be waited for is too late.
 */
function isTooLate ({ timeout }: PreparedBinding, duration: number): boolean {
  return timeout > 0 && duration > timeout
}

const tooLate = ({ timeout }: PreparedBinding): string => `No answer within ${timeout / 1000} seconds`

interface Waiting {
  readonly asking: Asking
  readonly timer: NodeJS.Timeout
}

class Poll {
  readonly #target: PolicyTarget
  readonly #question: PolicyQuestion
  readonly #verdicts: (Verdict | undefined)[]
  readonly #waiting = new Map<number, Waiting>()
  #passes = 0
  #fails = 0
  #errors = 0
  #settled: (() => void) | undefined
  /** Why a policy could not look something up, where that was it. */
  #away: StoreUnavailableError | undefined

  constructor (target: PolicyTarget, question: PolicyQuestion) {
    this.#target = target
    this.#question = question
    this.#verdicts = new Array<Verdict | undefined>(target.bindings.length)
  }

  run (): MaybePromise<PolicyOutcome> {
    this.#target.bindings.forEach((binding, index) => this.#ask(index, binding))
    if (this.#isOver()) return this.#finish()
    return new Promise<void>((resolve) => { this.#settled = resolve }).then(() => this.#finish())
  }

  #ask (index: number, binding: PreparedBinding): void {
    const started = this.#question.clock()
    const asking = new Asking(this.#question)
    try {
      const answer = binding.policy.evaluate(asking)
      if (!isPromise(answer)) {
        this.#settle(index, binding, started, answer)
        return
      }
      const timer = setTimeout(() => {
        asking.cancel()
        this.#settleError(index, binding, started, tooLate(binding))
      }, binding.timeout)
      this.#waiting.set(index, { asking, timer })
      answer.then(
        (late) => this.#settle(index, binding, started, late),
        (error: unknown) => this.#settleThrown(index, binding, started, error))
    } catch (error) {
      this.#settleThrown(index, binding, started, error)
    }
  }

  #settleThrown (index: number, binding: PreparedBinding, started: number, error: unknown): void {
    const { away, message = 'The policy failed' } = readThrown(error)
    this.#away ??= away
    this.#settleError(index, binding, started, message)
  }

  /** Reads an answer here and nowhere else: where reading it throws, nobody else is there to catch that. */
  #settle (index: number, binding: PreparedBinding, started: number, answer: unknown): void {
    let read: ReadAnswer | undefined
    try {
      read = readAnswer(answer)
    } catch (error) {
      this.#settleThrown(index, binding, started, error)
      return
    }
    if (read === undefined) {
      this.#settleError(index, binding, started, 'The answer is not a verdict')
      return
    }
    const duration = this.#question.clock() - started
    this.#note(index, binding, duration, isTooLate(binding, duration)
      ? faultFinding(binding, tooLate(binding))
      : { result: read.passing !== binding.negate ? 'pass' : 'fail', messages: read.messages, faulty: false })
  }

  #settleError (index: number, binding: PreparedBinding, started: number, message: string): void {
    this.#note(index, binding, this.#question.clock() - started, faultFinding(binding, message))
  }

  #note (index: number, binding: PreparedBinding, duration: number, found: Finding): void {
    if (this.#verdicts[index] !== undefined) return
    const verdict = this.#verdict(binding, duration, found)
    this.#verdicts[index] = verdict
    if (this.#question.isSilent !== true) tellVerdict(() => ({ flow: this.#question.flow.slug, verdict }))
    if (found.result === 'pass') this.#passes += 1
    if (found.result === 'fail') this.#fails += 1
    if (found.result === 'error') this.#errors += 1
    if (binding.logged) this.#log(verdict)
    const waiting = this.#waiting.get(index)
    if (waiting === undefined) return
    clearTimeout(waiting.timer)
    this.#waiting.delete(index)
    if (this.#isOver()) this.#settled?.()
  }

  #verdict (binding: PreparedBinding, duration: number, { result, messages, faulty }: Finding): Verdict {
    return {
      binding: binding.pk,
      name: binding.name,
      kind: binding.kind,
      result,
      faulty,
      negated: binding.negate,
      messages: messages.length === 0 ? messages : this.#clean(messages),
      duration,
      cached: false
    }
  }

  #clean (messages: readonly string[]): readonly string[] {
    const secrets = this.#question.secrets()
    return messages.map((message) => redact(message, secrets))
  }

  #log (verdict: Verdict): void {
    const { services, flow, user } = this.#question
    services.log.info({ flow: flow.slug, user: user?.pk ?? null, verdict }, 'policy execution')
  }

  #isOver (): boolean {
    return this.#waiting.size === 0 || (this.#target.mode === 'any' ? this.#passes > 0 : this.#fails > 0)
  }

  #finish (): PolicyOutcome {
    const isComplete = this.#waiting.size === 0
    for (const [index, { asking, timer }] of this.#waiting) {
      clearTimeout(timer)
      asking.cancel()
      const binding = this.#target.bindings[index]
      if (binding !== undefined) this.#verdicts[index] = this.#verdict(binding, 0, CANCELLED)
    }
    this.#waiting.clear()
    const verdicts = this.#verdicts.filter((verdict) => verdict !== undefined)
    const result = this.#result()
    // Whoever asks while a store is away is not denied for it, but may ask again.
    if (result === 'error' && this.#away !== undefined) throw this.#away
    return {
      result,
      messages: verdicts.flatMap((verdict) => verdict.messages),
      verdicts,
      pure: isComplete && verdicts.every(({ faulty }) => !faulty) && this.#target.bindings.every((binding) => binding.policy.pure)
    }
  }

  #result (): PolicyOutcome['result'] {
    const isAny = this.#target.mode === 'any'
    if (isAny ? this.#passes > 0 : this.#fails > 0) return isAny ? 'pass' : 'fail'
    if (this.#errors > 0) return 'error'
    return isAny ? 'fail' : 'pass'
  }
}

interface ReadAnswer {
  readonly passing: boolean
  readonly messages: readonly string[]
}

/** Reads every member once: a getter may answer differently the next time, or throw. */
function readAnswer (answer: unknown): ReadAnswer | undefined {
  if (typeof answer === 'boolean') return { passing: answer, messages: [] }
  if (typeof answer !== 'object' || answer === null || !('passing' in answer)) return undefined
  const { passing } = answer
  if (typeof passing !== 'boolean') return undefined
  const messages: unknown = 'messages' in answer ? answer.messages : undefined
  if (messages === undefined) return { passing, messages: [] }
  if (!Array.isArray(messages)) return undefined
  const all: readonly unknown[] = Array.from(messages)
  const texts = all.filter((message) => typeof message === 'string')
  return texts.length === all.length ? { passing, messages: texts } : undefined
}
