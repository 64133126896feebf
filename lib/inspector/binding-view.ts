import { Value } from '@sinclair/typebox/value'
import { DefinitionError } from '../errors.js'
import type { Flow } from '../model/flow.js'
import type { CompiledBinding } from '../registry/compiled-flow.js'
import type { DefinitionSet } from '../registry/definition-set.js'
import { backgroundUrl, exportUrl } from './flow-urls.js'
import { StageBindingViewSchema, type FlowSetView, type StageBindingView } from './inspection-schema.js'

/** A flow as `stage_obj.flow_set` lists it. */
export function flowSetView (flow: Flow, apiPrefix: string): FlowSetView {
  return {
    pk: flow.pk,
    policybindingmodel_ptr_id: flow.policybindingmodelPtrId,
    name: flow.name,
    slug: flow.slug,
    title: flow.title,
    designation: flow.designation,
    background: backgroundUrl(flow),
    policy_engine_mode: flow.policyEngineMode,
    compatibility_mode: flow.compatibilityMode,
    export_url: exportUrl(flow, apiPrefix),
    layout: flow.layout,
    denied_action: flow.deniedAction
  }
}

/** A stage binding as the published operation shows it. */
export function bindingView (
  { binding, stage, kind }: CompiledBinding, definitions: DefinitionSet, apiPrefix: string
): StageBindingView {
  return {
    pk: binding.pk,
    policybindingmodel_ptr_id: binding.policybindingmodelPtrId,
    target: binding.target,
    stage: binding.stage,
    stage_obj: {
      pk: stage.pk,
      name: stage.name,
      component: kind.formComponent,
      verbose_name: kind.verboseName,
      verbose_name_plural: kind.verboseNamePlural,
      meta_model_name: kind.model,
      flow_set: definitions.flowsUsing(stage.pk).map((flow) => flowSetView(flow, apiPrefix))
    },
    evaluate_on_plan: binding.evaluateOnPlan,
    re_evaluate_policies: binding.reEvaluatePolicies,
    order: binding.order,
    policy_engine_mode: binding.policyEngineMode,
    invalid_response_action: binding.invalidResponseAction
  }
}

/**
 * The views of bindings as JSON: a binding never changes, so each is made and validated once, when it is first recorded
 * or shown, and shared by every frame and answer.
 */
export class BindingViews {
  readonly #apiPrefix: string
  readonly #json = new WeakMap<CompiledBinding, string>()

  constructor (apiPrefix: string) {
    this.#apiPrefix = apiPrefix
  }

  /** @throws DefinitionError where a kind states something that the published schema does not allow. */
  json (compiled: CompiledBinding, definitions: DefinitionSet): string {
    const known = this.#json.get(compiled)
    if (known !== undefined) return known
    const view = bindingView(compiled, definitions, this.#apiPrefix)
    const fault = Value.Errors(StageBindingViewSchema, view).First()
    if (fault !== undefined) throw new DefinitionError(`stage binding ${compiled.binding.pk}`, `${fault.path} ${fault.message}`)
    const json = JSON.stringify(view)
    this.#json.set(compiled, json)
    return json
  }
}
