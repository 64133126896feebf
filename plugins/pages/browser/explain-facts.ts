import type { EventFacts } from '../../../lib/explain/event-text.js'
import type { BindingFacts, PlanningFacts, PolicyFacts } from '../../../lib/explain/reason.js'
import { flagOf, type Json, objectOf, objectsOf, textOf, textsOf } from './wire.js'

/*
 * What the words of an explanation need to know of it, read from the wire: its codes are put into the page's language here.
 */

function policyFacts (target: Json): PolicyFacts[] {
  return objectsOf(target, 'policies').map((policy) => ({
    name: textOf(policy, 'name'),
    enabled: flagOf(policy, 'enabled'),
    negate: flagOf(policy, 'negate'),
    result: textOf(policy, 'result'),
    messages: textsOf(objectsOf(policy, 'verdicts').at(-1) ?? {}, 'messages')
  }))
}

export function planningFacts (explanation: Json): PlanningFacts {
  const planning = objectOf(explanation, 'planning')
  const refused = objectsOf(explanation, 'bindings')
    .find((binding) => objectsOf(binding, 'decisions').some((decision) => textOf(decision, 'decision') === 'refused'))
  return {
    outcome: textOf(planning, 'outcome'),
    requirement: textOf(planning, 'requirement'),
    policies: policyFacts(planning),
    refusedAt: refused === undefined ? undefined : { stage: textOf(objectOf(refused, 'stage'), 'name'), policies: policyFacts(refused) }
  }
}

export function bindingFacts (binding: Json, explanation: Json): BindingFacts {
  const ending = objectOf(objectOf(explanation, 'run'), 'ending')
  return {
    state: textOf(binding, 'state'),
    inserted: flagOf(binding, 'inserted'),
    marker: textOf(binding, 'marker'),
    decision: textOf(objectsOf(binding, 'decisions').at(-1) ?? {}, 'decision'),
    policies: policyFacts(binding),
    outcome: textOf(objectOf(explanation, 'planning'), 'outcome'),
    ending: textOf(ending, 'kind'),
    message: textOf(ending, 'message')
  }
}

export function eventFacts (event: Json): EventFacts {
  return {
    event: textOf(event, 'event'),
    stage: textOf(event, 'stage'),
    faults: objectsOf(event, 'faults').map((fault) => textOf(fault, 'string')),
    request: textOf(event, 'request'),
    keptContext: flagOf(event, 'kept_context'),
    message: textOf(event, 'message'),
    to: textOf(event, 'to')
  }
}
