/** A policy that is bound to a flow or to a stage binding. */
export interface DiagramPolicy {
  readonly verboseName: string
  readonly name: string
  readonly order: number
}

/** A stage of the flow, with the policies of its binding. */
export interface DiagramStage {
  readonly verboseName: string
  readonly name: string
  readonly policies: readonly DiagramPolicy[]
}

/** What a diagram shows; everything in the order in which it is asked. Group and user bindings are not drawn. */
export interface DiagramInput {
  readonly flow: { readonly name: string, readonly authentication: string }
  readonly policies: readonly DiagramPolicy[]
  readonly stages: readonly DiagramStage[]
}

/** A node: how others refer to it, and how it is drawn. */
interface Node { readonly id: string, readonly text: string }

/** Two percent signs begin a comment or a directive, inside of quotes as well. */
const ENTITIES: Readonly<Record<string, string>> = {
  '"': '#quot;', '#': '#35;', '%': '#37;', '&': '#amp;', '<': '#lt;', '>': '#gt;', '`': '#96;'
}

/** A name of whatever content as part of a quoted label. */
function escape (name: string): string {
  return name.replace(/["#%&<>`]/g, (character) => ENTITIES[character] ?? '').replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
}

function node (id: string, open: string, lines: readonly string[], close: string): Node {
  return { id, text: `${id}${open}"${lines.map(escape).join('\n')}"${close}` }
}

const END = node('done', '[[', ['End of the flow'], ']]')

/** Without a source, Mermaid goes on from the line before. */
const onward = (to: Node): string => `--> ${to.text}`
const arrow = (from: Node, to: Node): string => `${from.id} --> ${to.text}`
const labelled = (from: Node, label: string, to: Node): string => `${from.id} --${label}--> ${to.text}`

function policyNode (id: string, policy: DiagramPolicy): Node {
  return node(id, '{{', [`Policy (${policy.verboseName})`, policy.name], '}}')
}

/** A stage as it is drawn: the node itself, and the policies that stand before it. */
interface Step { readonly stage: Node, readonly policies: readonly Node[] }

function stepOf (stage: DiagramStage, index: number): Step {
  return {
    stage: node(`stage_${index}`, '([', [`Stage (${stage.verboseName})`, stage.name], '])'),
    policies: stage.policies.map((policy, order) => policyNode(`stage_${index}_policy_${order}`, policy))
  }
}

function requirementLines (authentication: string): string[] {
  if (authentication === 'none') return []
  const requirement = node('flow_auth_requirement', '[', ['Flow authentication requirement', authentication], ']')
  return [
    requirement.text,
    labelled(requirement, 'Requirement not fulfilled', END),
    labelled(requirement, 'Requirement fulfilled', node('flow_start', '[', ['placeholder'], ']'))
  ]
}

function flowLines (start: Node, policies: readonly DiagramPolicy[]): string[] {
  if (policies.length === 0) return [start.text]
  const before = node('flow_pre', '[[', ['Pre-flow policies'], ']]')
  const nodes = policies.map((policy, index) => policyNode(`flow_policy_${index}`, policy))
  return [
    before.text,
    ...nodes.map((policy, index) => labelled(before, `Binding ${policies[index]?.order}`, policy)),
    ...nodes.map((policy) => labelled(policy, 'Policy denied', END)),
    ...nodes.map((policy) => arrow(policy, start))
  ]
}

function passedLines ({ stage, policies }: Step): string[] {
  return policies.length === 0 ? [onward(stage)] : policies.map((policy) => labelled(policy, 'Policy passed', stage))
}

/** How a stage's policies are reached: from what is before it, and from the policies that left that out. */
function reachedLines (previous: Node, denied: readonly Node[], { stage, policies }: Step): string[] {
  const [first = stage] = policies
  return [
    ...policies.map((policy) => arrow(previous, policy)),
    ...denied.map((policy) => labelled(policy, 'Policy denied', first))
  ]
}

function stepLines (start: Node, steps: readonly Step[]): string[] {
  const reached = steps.flatMap((step, index) => {
    const before = steps[index - 1]
    return reachedLines(before?.stage ?? start, before?.policies ?? [], step)
  })
  return [...steps.flatMap(passedLines), ...reached, arrow(steps.at(-1)?.stage ?? start, END)]
}

/**
 * A flow as a Mermaid graph: the original's text, but that a stage left out leads to the policies of the next one instead
 * of past them, and that names are escaped whatever is in them. As in the original, no edge says that leaving the last
 * stage out leads to the end.
 */
export function flowDiagram (input: DiagramInput): string {
  const start = node('flow_start', '[[', ['Flow', input.flow.name], ']]')
  const lines = [
    ...requirementLines(input.flow.authentication),
    ...flowLines(start, input.policies),
    ...stepLines(start, input.stages.map(stepOf))
  ]
  return ['graph TD', ...lines].join('\n')
}
