import type { PlanContext } from '../context/plan-context.js'
import { PlanError } from '../errors.js'
import type { Flow } from '../model/flow.js'
import type { StageBinding } from '../model/stage-binding.js'
import type { PolicyTarget } from '../policies/engine.js'
import type { CompiledBinding, CompiledFlow } from '../registry/compiled-flow.js'
import { deepFreeze } from '../freeze.js'
import { filledOptions } from '../registry/schema-check.js'
import { pendingStates } from '../runs/pending-states.js'
import type { Services } from '../services.js'
import type { StageKind, StageOf } from '../stages/stage-kind.js'
import type { Decision } from './decision.js'
import type { InlineStage, PlanAccess } from './plan-access.js'

/** What to re-check when a binding's turn comes: nothing, or its policies. */
export type Marker = 'none' | 're_evaluate'

/** A stage with its kind. */
export interface KnownStage {
  readonly stage: StageOf<Readonly<Record<string, unknown>>>
  readonly kind: StageKind
}

/** A binding still to pass. */
export interface PlannedBinding {
  readonly compiled: CompiledBinding
  readonly marker: Marker
}

const NO_POLICIES: PolicyTarget = Object.freeze({ mode: 'any', bindings: Object.freeze([]) })

/** Stages that policies and stages may put into one plan; more is taken for a loop. */
const MAX_INSERTED = 64

/** What a plan is made from. */
export interface FlowPlanParts {
  readonly flow: CompiledFlow
  readonly bindings: readonly PlannedBinding[]
  readonly context: PlanContext
  readonly decisions: readonly Decision[]
  readonly services: Services
  readonly cached?: boolean
}

/** The ordered bindings still to pass, their markers and the context. The first binding is the current one. */
export class FlowPlan implements PlanAccess {
  readonly compiled: CompiledFlow
  readonly context: PlanContext
  /** Whether the plan came from the plan cache. */
  readonly cached: boolean
  /** For the flow and every binding: what was decided while planning, with each policy's verdict. */
  readonly decisions: readonly Decision[]
  readonly #services: Services
  #bindings: PlannedBinding[]
  /** Put next, and not placed yet: where they go depends on what becomes of the current binding. */
  #next: PlannedBinding[] = []
  #inserted = 0

  constructor (parts: FlowPlanParts) {
    this.compiled = parts.flow
    this.context = parts.context
    this.cached = parts.cached ?? false
    this.#services = parts.services
    this.decisions = parts.decisions
    this.#bindings = [...parts.bindings]
  }

  get flow (): Flow {
    return this.compiled.flow
  }

  get bindings (): readonly PlannedBinding[] {
    return this.#bindings
  }

  /** The binding whose turn it is. */
  get current (): PlannedBinding | undefined {
    return this.#bindings[0]
  }

  insertStage (stage: string | InlineStage): void {
    this.#inserted += 1
    if (this.#inserted > MAX_INSERTED) throw new PlanError(`more than ${MAX_INSERTED} stages were put into the plan of '${this.flow.slug}'`)
    this.#next.push({ compiled: this.#inline(stage), marker: 'none' })
  }

  redirect (to: string): void {
    this.insertStage({ kind: 'redirect', name: 'redirect', options: { mode: 'static', targetStatic: to } })
  }

  /** Adds a binding at the end, and behind it what its policies have put next. */
  append (planned: PlannedBinding | undefined): void {
    if (planned !== undefined) this.#bindings.push(planned)
    this.#bindings.push(...this.#takeNext())
  }

  /** Puts what was inserted behind the current binding. */
  placeNext (): void {
    if (this.#next.length > 0) this.#bindings.splice(1, 0, ...this.#takeNext())
  }

  /** Takes the current binding off; what was inserted comes next. */
  shift (): void {
    if (this.#next.length === 0) this.#bindings.shift()
    else this.#bindings.splice(0, 1, ...this.#takeNext())
  }

  /** Forgets what was put next and not placed. */
  dropNext (): void {
    this.#next = []
  }

  #takeNext (): PlannedBinding[] {
    const next = this.#next
    this.#next = []
    return next
  }

  #inline (stage: string | InlineStage): CompiledBinding {
    const { newId } = this.#services
    return inlineBinding(this.compiled, newId(), newId(), typeof stage === 'string' ? this.#defined(stage) : this.#made(stage))
  }

  #defined (pk: string): KnownStage {
    const stage = this.compiled.definitions.stage(pk)
    const kind = stage === undefined ? undefined : this.#services.registry.kinds.stageKinds.get(stage.kind)
    if (stage === undefined || kind === undefined) throw new PlanError(`there is no stage '${pk}' to put next`)
    return { stage, kind }
  }

  #made (inline: InlineStage): KnownStage {
    const kind = this.#services.registry.kinds.stageKinds.get(inline.kind)
    if (kind === undefined) throw new PlanError(`there is no stage kind '${inline.kind}' to put next`)
    const options = deepFreeze(filledOptions(kind.options, inline.options, `the stage '${inline.name}' put next`))
    const stage = { ...inline, pk: this.#services.newId(), options }
    kind.check?.(stage, this.compiled.definitions)
    return { stage, kind }
  }
}

/** A binding that is in no definition: with a UUID of its own and the flow as target. */
export function inlineBinding (
  flow: CompiledFlow, pk: string, policybindingmodelPtrId: string, { stage, kind }: KnownStage
): CompiledBinding {
  const binding: StageBinding = {
    pk,
    policybindingmodelPtrId,
    target: flow.flow.pk,
    stage: stage.pk,
    evaluateOnPlan: false,
    reEvaluatePolicies: true,
    order: 0,
    policyEngineMode: 'any',
    invalidResponseAction: 'retry'
  }
  return Object.freeze({
    binding: Object.freeze(binding), stage: Object.freeze(stage), kind, policies: NO_POLICIES, pending: pendingStates(pk)
  })
}
