import { diffContext, pointer, type ContextChange } from '../context/changes.js'
import type { EncodedContext } from '../context/encoded.js'
import { isSecretKey, sanitiseContext } from '../context/sanitise.js'
import { MASK } from '../context/sensitive.js'
import type { ChangeExplanation } from './explanation-schema.js'

const WORDS = { add: 'added', replace: 'changed', remove: 'removed' } as const

/**
 * What has become of a context, masked as the inspector masks it. What a key calls secret is one value, whatever is in it:
 * a change inside is a change of the whole.
 */
export function explainChanges (before: EncodedContext, after: EncodedContext): ChangeExplanation[] {
  const shown = new Map<string, ChangeExplanation>()
  for (const change of diffContext(before, after)) {
    const explained = explainChange(change)
    shown.set(explained.path, explained)
  }
  return [...shown.values()]
}

function explainChange (change: ContextChange): ChangeExplanation {
  const secret = change.path.findIndex(isSecretKey)
  if (secret !== -1 && secret < change.path.length - 1) {
    return { change: 'changed', path: pointer(change.path.slice(0, secret + 1)), value: MASK }
  }
  const path = pointer(change.path)
  if (change.op === 'remove') return { change: 'removed', path }
  const key = change.path.at(-1) ?? ''
  return { change: WORDS[change.op], path, value: sanitiseContext({ [key]: change.value })[key] }
}
