import { hash } from 'node:crypto'
import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { applyChanges } from '../context/changes.js'
import type { EncodedContext } from '../context/encoded.js'
import { sanitiseContext } from '../context/sanitise.js'
import type { CompiledBinding, CompiledFlow } from '../registry/compiled-flow.js'
import { bindingOf } from '../runs/run-bindings.js'
import type { Frame, RunState } from '../runs/run-state.js'
import type { StageKind } from '../stages/stage-kind.js'
import { BindingViews } from './binding-view.js'

const PlanContextSchema = Type.Object({}, { additionalProperties: true })

/** Names a session without giving it away: lower-case hex SHA-256 of its id. */
export function sessionIdOf (sessionKey: string): string {
  return hash('sha256', sessionKey, 'hex')
}

/**
 * Writes the body of the inspector operation (CONTRACT.md section 2). A frame's part of it is made at most once, as
 * text, and shared by every later answer.
 */
export class Inspector {
  readonly #views: BindingViews
  readonly #kinds: ReadonlyMap<string, StageKind>
  /** By frame: all of its JSON but the session id, which is the asking session's. */
  readonly #frames = new WeakMap<Frame, string>()
  /** By state: the whole body, and whom it was made for. A state never changes, so whoever asks again gets the same text. */
  readonly #bodies = new WeakMap<RunState, { readonly flow: CompiledFlow, readonly sessionKey: string, readonly text: string }>()

  constructor (apiPrefix: string, kinds: ReadonlyMap<string, StageKind>) {
    this.#views = new BindingViews(apiPrefix)
    this.#kinds = kinds
  }

  /**
   * Validates a frame, once, when it is recorded: its bindings against the published schema, its context as sanitised.
   *
   * @throws DefinitionError
   */
  checkFrame (flow: CompiledFlow, passed: CompiledBinding, next: CompiledBinding | undefined, context: EncodedContext): void {
    this.#views.json(passed, flow.definitions)
    if (next !== undefined) this.#views.json(next, flow.definitions)
    Value.Assert(PlanContextSchema, sanitiseContext(context))
  }

  /**
   * The body for a run; undefined where the run has ended without a frame.
   *
   * @param sessionKey of whoever asks; the body holds {@link sessionIdOf} it.
   */
  inspect (flow: CompiledFlow, state: RunState, sessionKey: string): string | undefined {
    const known = this.#bodies.get(state)
    if (known?.flow === flow && known.sessionKey === sessionKey) return known.text
    const text = this.#body(flow, state, sessionIdOf(sessionKey))
    if (text !== undefined) this.#bodies.set(state, { flow, sessionKey, text })
    return text
  }

  #body (flow: CompiledFlow, state: RunState, sessionId: string): string | undefined {
    const frames = this.#framesOf(flow, state)
    const isCompleted = state.ending !== null
    const current = isCompleted ? frames.at(-1) : this.#currentPlan(flow, state)
    if (current === undefined) return undefined
    const tail = `,"session_id":${JSON.stringify(sessionId)}}`
    let plans = ''
    // Texts are put together once, when the whole is sent: a list of them would be joined and copied again.
    for (const frame of frames) plans += plans === '' ? frame + tail : `,${frame}${tail}`
    return `{"plans":[${plans}],"current_plan":${current}${tail},"is_completed":${isCompleted}}`
  }

  #framesOf (flow: CompiledFlow, state: RunState): string[] {
    let context: EncodedContext = {}
    return state.frames.map((frame) => {
      context = applyChanges(context, frame.changes)
      const known = this.#frames.get(frame)
      if (known !== undefined) return known
      const json = this.#plan(flow, state, frame.binding, frame.next, context)
      this.#frames.set(frame, json)
      return json
    })
  }

  #currentPlan (flow: CompiledFlow, state: RunState): string | undefined {
    const [current, next] = state.pending
    return current === undefined ? undefined : this.#plan(flow, state, current.binding, next?.binding ?? null, state.context)
  }

  /** A plan's JSON up to and without its session id. */
  #plan (flow: CompiledFlow, state: RunState, current: string, next: string | null, context: EncodedContext): string {
    const view = (pk: string) => this.#views.json(bindingOf(flow, state, pk, this.#kinds), flow.definitions)
    const planned = next === null ? '' : `,"next_planned_stage":${view(next)}`
    return `{"current_stage":${view(current)}${planned},"plan_context":${JSON.stringify(sanitiseContext(context))}`
  }
}
