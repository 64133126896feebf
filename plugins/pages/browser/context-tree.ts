import { codeText } from '../../../lib/explain/code-text.js'
import { h } from './dom.js'
import { isJson, type Json, textOf } from './wire.js'
import type { Texts } from './words.js'

/** What has become of the context, by JSON Pointer. */
type Changes = ReadonlyMap<string, string>

function pointer (path: string, key: string): string {
  return `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

function lastKey (path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replaceAll('~1', '/').replaceAll('~0', '~')
}

function entriesOf (value: unknown): Array<[string, unknown]> {
  if (Array.isArray(value)) return value.map((item, index) => [String(index), item])
  return isJson(value) ? Object.entries(value) : []
}

function hasChangeBelow (path: string, changes: Changes): boolean {
  return [...changes.keys()].some((changed) => changed.startsWith(`${path}/`))
}

/** What marks a change; null where there is none. */
function changeMark (change: string | undefined, texts: Texts): HTMLElement | null {
  if (change === undefined) return null
  return h('span', { class: 'change', 'data-change': change }, codeText(texts, 'change', change))
}

function leaf (key: string, value: unknown, change: string | undefined, texts: Texts): HTMLElement {
  return h('li', { 'data-change': change },
    h('span', { class: 'key' }, key), ' ', h('code', { class: typeof value }, JSON.stringify(value) ?? ''), changeMark(change, texts))
}

function branch (key: string, value: unknown, path: string, changes: Changes, texts: Texts): HTMLElement {
  const change = changes.get(path)
  const entries = entriesOf(value)
  const isOpen = change !== undefined || hasChangeBelow(path, changes)
  return h('li', { 'data-change': change },
    h('details', { open: isOpen },
      h('summary', {}, h('span', { class: 'key' }, key), ' ',
        h('span', { class: 'kind' }, Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`), changeMark(change, texts)),
      level(value, path, changes, texts)))
}

/** What was removed from an object: it is gone from it, so the changes alone know of it. */
function removedRows (path: string, value: unknown, changes: Changes, texts: Texts): HTMLElement[] {
  const present = new Set(entriesOf(value).map(([key]) => pointer(path, key)))
  return [...changes]
    .filter(([changed, change]) => change === 'removed' && !present.has(changed) && changed.slice(0, changed.lastIndexOf('/')) === path)
    .map(([changed]) => h('li', { 'data-change': 'removed' }, h('span', { class: 'key' }, lastKey(changed)), changeMark('removed', texts)))
}

function level (value: unknown, path: string, changes: Changes, texts: Texts): HTMLElement {
  return h('ul', { class: 'tree' },
    ...entriesOf(value).map(([key, item]) => {
      const at = pointer(path, key)
      if (entriesOf(item).length > 0) return branch(key, item, at, changes, texts)
      return leaf(key, item, changes.get(at) ?? (hasChangeBelow(at, changes) ? 'changed' : undefined), texts)
    }),
    ...removedRows(path, value, changes, texts))
}

/** A plan's context as a tree, with what has changed in the step marked and unfolded. */
export function contextTree (context: Json, changes: readonly Json[], texts: Texts): HTMLElement {
  const byPath = new Map(changes.map((change) => [textOf(change, 'path'), textOf(change, 'change')]))
  return Object.keys(context).length === 0 && byPath.size === 0
    ? h('p', { class: 'hint' }, texts.emptyContext)
    : level(context, '', byPath, texts)
}
