import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { applyChanges, diffContext, pointer } from '../../lib/context/changes.js'
import type { Encoded, EncodedContext } from '../../lib/context/encoded.js'

const key = fc.constantFrom('a', 'b', 'c', '$type', 'constructor', 'toString', '', 'a/b')
const { tree } = fc.letrec<{ tree: Encoded, leaf: Encoded }>((tie) => ({
  tree: fc.oneof({ maxDepth: 4 }, tie('leaf'), fc.array(tie('tree'), { maxLength: 3 }), fc.dictionary(key, tie('tree'), { maxKeys: 4, noNullPrototype: true })),
  leaf: fc.oneof(fc.constantFrom<Encoded>('x', 'y', 0, 1, null, true), fc.string())
}))
const context = fc.dictionary(key, tree, { noNullPrototype: true })

function freeze (value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  Object.freeze(value)
  Object.values(value).forEach(freeze)
}

t.test('changes: applied to what was, they give what is', async (t) => {
  t.doesNotThrow(() => fc.assert(fc.property(context, context, (before, after) => {
    freeze(before)
    const changes = diffContext(before, after)
    freeze(changes)
    return isDeepStrictEqual(applyChanges(before, changes), after)
  }), { numRuns: 2000 }))
  t.doesNotThrow(() => fc.assert(fc.property(context, (value) => diffContext(value, structuredClone(value)).length === 0)))
})

t.test('changes: plain objects change member by member, everything else as a whole', async (t) => {
  const before: EncodedContext = {
    kept: { a: [1, 2] },
    gone: 1,
    deep: { x: { y: 1, z: 2 }, list: [{ a: 1 }] },
    user: { $type: 'user', pk: 1, username: 'a', email: '' },
    kind: { b: 1 }
  }
  const after: EncodedContext = {
    kept: { a: [1, 2] },
    deep: { x: { y: 5 }, list: [{ a: 2 }], new: null },
    user: { $type: 'user', pk: 1, username: 'b', email: '' },
    kind: [1]
  }
  t.strictSame(diffContext(before, after), [
    { op: 'remove', path: ['gone'] },
    { op: 'remove', path: ['deep', 'x', 'z'] },
    { op: 'replace', path: ['deep', 'x', 'y'], value: 5 },
    { op: 'replace', path: ['deep', 'list'], value: [{ a: 2 }] },
    { op: 'add', path: ['deep', 'new'], value: null },
    { op: 'replace', path: ['user'], value: { $type: 'user', pk: 1, username: 'b', email: '' } },
    { op: 'replace', path: ['kind'], value: [1] }
  ])
})

t.test('changes: what no change names is shared, what one names is copied once', async (t) => {
  const before: EncodedContext = { a: { b: { c: 1 }, d: { e: 1 } }, f: { g: 1 } }
  const fresh = { n: 1 }
  const after = applyChanges(before, [
    { op: 'replace', path: ['a', 'b', 'c'], value: 2 },
    { op: 'add', path: ['a', 'b', 'x'], value: fresh },
    { op: 'add', path: ['a', 'b', 'x', 'm'], value: 2 },
    { op: 'remove', path: ['a', 'd', 'e'] }
  ])
  t.strictSame(before, { a: { b: { c: 1 }, d: { e: 1 } }, f: { g: 1 } })
  t.strictSame(after, { a: { b: { c: 2, x: { n: 1, m: 2 } }, d: {} }, f: { g: 1 } })
  t.strictSame(fresh, { n: 1 }, 'the change itself stays as it is')
  t.equal(after.f, before.f)
  t.equal(applyChanges(before, []), before)
})

t.test('changes: a change that does not fit is refused', async (t) => {
  const before: EncodedContext = { a: { b: 1 }, user: { $type: 'user', pk: 1 }, list: [1] }
  const value = 1
  for (const change of [
    { op: 'add', path: ['a', 'b'], value }, { op: 'replace', path: ['a', 'c'], value }, { op: 'remove', path: ['x'] },
    { op: 'add', path: ['x', 'y'], value }, { op: 'replace', path: ['user', 'pk'], value }, { op: 'add', path: ['list', '1'], value },
    { op: 'add', path: [], value }, { op: 'add', path: ['toString', 'x'], value }, { op: 'add', path: ['__proto__', 'admin'], value },
    { op: 'add', path: ['__proto__'], value }
  ] as const) {
    t.throws(() => applyChanges(before, [change]), { code: 'FST_FLOW_CHANGE' }, pointer(change.path))
  }
  t.equal(Reflect.get({}, 'admin'), undefined)
})

t.test('changes: a path is written as a JSON Pointer', async (t) => {
  t.equal(pointer(['a/b', '~c', '', 'd']), '/a~1b/~0c//d')
  t.equal(pointer([]), '')
})
