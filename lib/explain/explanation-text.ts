import type { BindingExplanation, Explanation } from './explanation-schema.js'

/** Lines about bindings; with the three around them they make ten. */
const MAX_BINDING_LINES = 7

/**
 * A run in at most ten lines of text: what it was, whether the flow applied, what became of its stages, where it stands. No
 * name and no message makes a line of its own.
 */
export function explanationText (explanation: Explanation): string {
  const { flow, run, planning, bindings } = explanation
  const restarts = run.restarts === 0 ? '' : `, restarted ${times(run.restarts)}`
  return [
    `Flow '${flow.slug}' (${flow.designation}), started ${run.startedAt}${restarts}`,
    onOneLine(planning.reason),
    ...bindingLines(bindings).map((line) => `  ${onOneLine(line)}`),
    onOneLine(standing(explanation))
  ].join('\n')
}

/** A text that a log may take for one line: without breaks, what moves the cursor or colours, and what turns the direction. */
function onOneLine (text: string): string {
  return text.replace(/[\s\p{Cc}\p{Bidi_Control}]+/gu, ' ').trim()
}

/** Stages that share a fate share a line; what still does not fit is counted. */
function bindingLines (bindings: readonly BindingExplanation[]): string[] {
  const groups: BindingExplanation[][] = []
  for (const binding of bindings) {
    const before = groups.at(-1)?.at(-1)
    if (before?.reason === binding.reason) groups.at(-1)?.push(binding)
    else groups.push([binding])
  }
  const lines = groups.map((group) => `${group.map(({ stage }) => stage.name).join(', ')}: ${group[0]?.reason}`)
  if (lines.length <= MAX_BINDING_LINES) return lines
  const shown = lines.slice(0, MAX_BINDING_LINES - 1)
  const rest = groups.slice(MAX_BINDING_LINES - 1).flat().length
  return [...shown, `and ${rest} more`]
}

function standing ({ run, bindings }: Explanation): string {
  const at = bindings.find(({ state }) => state === 'current')?.stage.name
  const { ending } = run
  if (ending === null) return at === undefined ? 'It goes on.' : `It waits at '${at}'.`
  switch (ending.kind) {
    case 'redirected': return `It ended at ${ending.to} (${run.movedAt}).`
    case 'denied': return `It was denied${at === undefined ? '' : ` at '${at}'`}: ${ending.message} (${run.movedAt})`
    default: return `It was cancelled (${run.movedAt}).`
  }
}

function times (count: number): string {
  return count === 1 ? 'once' : `${count} times`
}
