import { andThen, type MaybePromise } from '../maybe-promise.js'
import type { PlannedBinding } from '../planner/flow-plan.js'
import { isBuiltIn } from '../stages/index.js'
import { denied, type AnswerFault, type StageResult } from '../stages/stage-result.js'
import { readAnswer, type AnswerReading } from './answer-reading.js'
import type { Arrivals } from './arrivals.js'
import { challengeOf, type WireBody } from './challenge.js'
import type { ClaimedRun } from './claimed-run.js'
import type { ExecutorTools } from './executor-tools.js'
import type { FlowReply, FlowRequest } from './flow-request.js'
import type { LiveRun } from './found-run.js'
import { countGuess, THROTTLED, wasRight } from './guess.js'
import { readResult, withoutSecrets } from './result-reading.js'
import type { RunKeeper } from './run-keeper.js'
import { guarded } from './stage-fault.js'
import { STEP_TOKEN } from './step-token.js'
import { tellWalk } from './telling.js'
import type { Transition } from './transition.js'
import { Turn } from './turn.js'
import type { UnmovedReplies } from './unmoved-replies.js'
import type { Walk } from './walk.js'

const NO_STEP_TOKEN: AnswerFault = { field: STEP_TOKEN, string: 'This field is required.', code: 'required' }

/** A body that the stage on show is to judge. */
type JudgedReading = Extract<AnswerReading, { kind: 'answer' | 'faults' }>

/** What an answer is taken with. */
export interface AnsweringParts {
  readonly tools: ExecutorTools
  readonly runs: RunKeeper
  readonly replies: UnmovedReplies
  readonly arrivals: Arrivals
  readonly request: FlowRequest
  readonly found: LiveRun
  readonly run: ClaimedRun
  readonly walk: Walk
  readonly transition: Transition
  readonly body: unknown
  readonly fingerprint: string
  /** Whether it brings the step token of the challenge that it answers. */
  readonly hasToken: boolean
}

/** An answer that the stage on show is read by, counted where it guesses, and judged; the run moves by what the stage says. */
export class Answering {
  readonly #parts: AnsweringParts
  readonly #current: PlannedBinding
  readonly #turn: Turn

  /** The run is in its next turn from now on. */
  constructor (parts: AnsweringParts) {
    const { tools, request, walk } = parts
    const { current } = walk
    if (current === undefined) throw new Error('A live run has a current stage')
    walk.turn += 1
    this.#parts = parts
    this.#current = current
    this.#turn = new Turn(tools, request, walk, current)
  }

  /** @param secrets takes what was typed that must not be logged. */
  take (secrets: string[]): MaybePromise<FlowReply> {
    const { tools, body } = this.#parts
    const { kind, stage } = this.#current.compiled
    const reading = guarded(stage.name, () => andThen(tools.recorder?.current?.answered(kind, this.#turn, body), () =>
      readAnswer(kind, this.#turn, body)))
    return andThen(reading, (read) => this.#read(read, secrets))
  }

  #read (reading: AnswerReading, secrets: string[]): MaybePromise<FlowReply> {
    const { tools, replies, request, found, walk, fingerprint, hasToken } = this.#parts
    if (reading.kind === 'elsewhere') return replies.missed(request, found, fingerprint)
    if (reading.kind === 'unnamed') return replies.show(request, found, 200, reading.faults)
    if (!hasToken && tools.requireStepToken) return replies.show(request, found, 200, [NO_STEP_TOKEN])
    if (reading.kind === 'answer') secrets.push(...reading.secrets)
    return andThen(countGuess(tools, walk.id, this.#current.compiled.kind, this.#turn, reading), (guess) => {
      if (guess.allowed) return this.#judged(reading, guess.giveBack)
      const { retryAfter } = guess
      return andThen(replies.show(request, found, 429, [THROTTLED]), (shown) => ({ ...shown, retryAfter }))
    })
  }

  #judged (reading: JudgedReading, giveBack: () => MaybePromise<void>): MaybePromise<FlowReply> {
    return andThen(this.#judge(reading), (result) =>
      andThen(wasRight(result) ? giveBack() : undefined, () =>
        andThen(this.#parts.transition.settle(result), (faults) => this.#settled(faults))))
  }

  #judge (reading: JudgedReading): MaybePromise<StageResult> {
    if (reading.kind === 'faults') return { kind: 'refused', faults: reading.faults, final: false }
    const { kind, stage } = this.#current.compiled
    return this.#parts.walk.measured(() =>
      guarded(stage.name, () =>
        andThen(kind.respond === undefined ? denied('') : kind.respond(this.#turn, reading.answer), (given) =>
          // Those quote nothing: taking out a word of theirs would tell that it is somebody's password.
          isBuiltIn(kind) ? readResult(given) : withoutSecrets(readResult(given), reading.secrets))))
  }

  #settled (faults: readonly AnswerFault[]): MaybePromise<FlowReply> {
    const { tools, request, walk, fingerprint } = this.#parts
    walk.last = { fingerprint, faults }
    return andThen(challengeOf(tools, request, walk, faults), (body) => this.#commit(body))
  }

  #commit (body: WireBody): MaybePromise<FlowReply> {
    const { runs, replies, arrivals, request, run, walk } = this.#parts
    const { flow } = walk.plan
    const { id } = run
    const to = run.place.id
    const settles = this.#settles()
    const written = arrivals.moving(id, request, () => runs.write(id, to, run.found, flow, walk.toState()))
    return andThen(written, (isWritten) => {
      if (!isWritten) return andThen(replies.outrun(request, id, walk), (shown) => ({ ...shown, settles }))
      tellWalk(walk, request.http.method)
      return andThen(id === to ? undefined : request.browser.remember(flow.pk), () => ({ status: 200, body, settles }))
    })
  }

  /** An answer sent twice could only be taken by the next stage where that has the same component. */
  #settles (): boolean {
    const { walk, hasToken } = this.#parts
    return !hasToken && walk.current?.compiled.kind.component === this.#current.compiled.kind.component
  }
}
