import fc from 'fast-check'
import t from 'tap'
import { Merging, mergeDeep } from '../../lib/blueprint/merge-deep.js'
import { isPlainObject } from '../../lib/plain-object.js'
import { load } from '../app.js'

/** The same by definition: a new value for every merge. */
function mergedByCopy (base: unknown, addition: unknown): unknown {
  if (Array.isArray(base) && Array.isArray(addition)) return [...base, ...addition]
  if (!isPlainObject(base) || !isPlainObject(addition)) return addition
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(addition)) {
    merged[key] = Object.hasOwn(merged, key) ? mergedByCopy(merged[key], value) : value
  }
  return merged
}

/** Few keys, so that most values meet another. */
const mappings = fc.letrec<{ value: unknown, mapping: Record<string, unknown> }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, fc.integer({ min: 0, max: 3 }), fc.array(fc.integer(), { maxLength: 3 }), tie('mapping')),
  mapping: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { noNullPrototype: true })
})).mapping

t.test('merging: one addition after another comes to what copies come to, and no addition is changed', async (t) => {
  fc.assert(fc.property(fc.array(mappings, { maxLength: 8 }), (additions) => {
    const before = structuredClone(additions)
    const merging = new Merging()
    // The first ones come again at the end: what was taken over from them must not have been written to.
    const series = [...additions, ...additions]
    const merged = series.reduce<unknown>((base, addition) => merging.merge(base, addition), {})
    t.strictSame(merged, series.reduce<unknown>(mergedByCopy, {}))
    t.strictSame(additions, before)
  }))
})

t.test('merging: two values are merged without a change to either', async (t) => {
  fc.assert(fc.property(mappings, mappings, (base, addition) => {
    const before = structuredClone([base, addition])
    t.strictSame(mergeDeep(base, addition), mergedByCopy(base, addition))
    t.strictSame([base, addition], before)
  }))
})

t.test('!Enumerate: as many items as there may be, made into one mapping eight times over, are merged in one go', async (t) => {
  const keys = Array.from({ length: 9990 }, (_, index) => `k${index}`)
  const names = Array.from({ length: 8 }, (_, index) => `group ${index}`)
  // By copies this was half a billion members for each of the eight, and took longer than a test file may.
  const { groups } = load(`version: 1
context: {keys: &keys [${keys.join(', ')}]}
entries:
${names.map((name) => `- {model: authentik_core.group, identifiers: {name: ${name}}, attrs: {attributes: !Enumerate [*keys, MAP, [!Value 0, 1]]}}`).join('\n')}
`)
  const attributes = Object.fromEntries(keys.map((key) => [key, 1]))
  t.strictSame(groups.map((group) => group.attributes), names.map(() => attributes))
})
