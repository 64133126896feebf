import t from 'tap'
import { inspect } from 'node:util'
import { Sealer } from '../../lib/context/seal.js'
import { Sensitive } from '../../lib/context/sensitive.js'
import { KeyedLock } from '../../lib/runs/keyed-lock.js'
import { MemoryRunStore } from '../../lib/runs/memory-run-store.js'
import { bindingOf, inlineState } from '../../lib/runs/run-bindings.js'
import { runId } from '../../lib/runs/run-id.js'
import { SecretVault } from '../../lib/runs/secret-vault.js'
import { keyOf, makeDefinitions, makeEngine } from '../definitions.js'
import { makeState } from './run-state.js'
import { testRunStore } from './run-store-suite.js'

/** A promise that the test settles. */
function gate () {
  let open = () => {}
  const closed = new Promise<void>((resolve) => { open = resolve })
  return { closed, open: () => open() }
}

t.test('lock: tasks of one key come one after the other, in the order in which they came', async (t) => {
  const lock = new KeyedLock()
  const seen: string[] = []
  const { closed, open } = gate()
  const first = lock.run('key', async () => {
    seen.push('first begins')
    await closed
    seen.push('first ends')
    return 1
  })
  const others = [2, 3].map((number) => lock.run('key', async () => {
    seen.push(`${number}`)
    return number
  }))
  t.equal(await lock.run('other', async () => 'free'), 'free', 'another key does not wait')
  t.strictSame(seen, ['first begins'])
  t.equal(lock.size, 1)
  open()
  t.strictSame(await Promise.all([first, ...others]), [1, 2, 3])
  t.strictSame(seen, ['first begins', 'first ends', '2', '3'])
  t.equal(lock.size, 0, 'keys without a task are forgotten')
})

t.test('lock: a task that has nothing to wait for is done at once, but not before its turn', async (t) => {
  const lock = new KeyedLock()
  t.equal(lock.run('key', () => 1), 1)
  t.throws(() => lock.run('key', () => { throw new Error('failed') }), { message: 'failed' })
  t.equal(lock.size, 0)
  const seen: string[] = []
  const { closed, open } = gate()
  const first = lock.run('key', async () => {
    await closed
    seen.push('first')
  })
  const second = lock.run('key', () => seen.push('second'))
  open()
  await Promise.all([first, second])
  t.strictSame(seen, ['first', 'second'])
  t.equal(lock.size, 0)
})

t.test('lock: a task that fails lets the next one in', async (t) => {
  const lock = new KeyedLock()
  const failing = lock.run('key', async () => { throw new Error('failed') })
  const next = lock.run('key', async () => 'next')
  await t.rejects(failing, { message: 'failed' })
  t.equal(await next, 'next')
  t.equal(lock.size, 0)
})

t.test('run store in memory', async (t) => {
  await testRunStore(t, async () => {
    const clock = { time: 0 }
    return { clock, store: new MemoryRunStore({ now: () => clock.time }) }
  })
})

t.test('run store in memory: what is gone takes no room', (t) => {
  let now = 0
  const store = new MemoryRunStore({ now: () => now })
  store.create('a', makeState({ expiresAt: 1000 }))
  store.create('b', makeState({ expiresAt: 1000 }))
  now = 1000
  t.equal(store.size, 2)
  store.load('a')
  t.equal(store.compareAndSet('b', 1, makeState()), false)
  t.equal(store.size, 0)
  t.end()
})

t.test('run store: bounded; the run untouched for longest goes first', (t) => {
  const store = new MemoryRunStore({ now: () => 0, max: 2 })
  for (const id of ['a', 'b']) store.create(id, makeState({ id }))
  store.load('a')
  store.create('c', makeState({ id: 'c' }))
  t.strictSame(['a', 'b', 'c'].map((id) => store.load(id)?.state.id), ['a', undefined, 'c'])
  t.end()
})

t.test('run store: bounded in bytes; the run untouched for longest goes first', (t) => {
  const typed = (length: number) => makeState({ context: { prompt_data: { note: 'x'.repeat(length) } } })
  const store = new MemoryRunStore({ now: () => 0, maxBytes: 300_000 })
  for (const id of ['a', 'b', 'c']) t.equal(store.create(id, typed(40_000)), true)
  t.equal(store.size, 3)
  store.load('a')
  t.equal(store.create('d', typed(40_000)), true)
  t.strictSame(['a', 'b', 'c', 'd'].map((id) => store.load(id) !== undefined), [true, false, true, true])
  t.equal(store.compareAndSet('d', 1, typed(100_000)), true, 'one that grows makes room too')
  t.strictSame(['a', 'c', 'd'].map((id) => store.load(id) !== undefined), [false, true, true])
  t.equal(store.compareAndSet('d', 2, typed(200_000)), false, 'one that is more than there may be is not kept')
  t.equal(store.create('e', typed(200_000)), false)
  t.strictSame([store.load('d'), store.load('e')], [undefined, undefined])
  t.equal(store.size, 1)
  t.ok(store.bytes > 80_000 && store.bytes < 90_000)
  store.delete('c')
  t.equal(store.bytes, 0)
  t.end()
})

t.test('run store: bounds that are none are refused', (t) => {
  for (const bound of [0, -1, 1.5, NaN, Infinity]) {
    t.throws(() => new MemoryRunStore({ now: () => 0, maxBytes: bound }), { code: 'FST_FLOW_OPTIONS', message: "'maxBytes' must be a whole number above 0" })
    t.throws(() => new MemoryRunStore({ now: () => 0, max: bound }), { code: 'FST_FLOW_OPTIONS', message: "'max' must be a whole number above 0" })
  }
  t.end()
})

t.test('run id: follows from session and flow, and shows neither to a store that might show it', (t) => {
  for (const store of [{}, { hidesIds: false }, { hidesIds: true }]) {
    t.equal(runId(store, 'session', 'flow'), runId(store, 'session', 'flow'))
    t.not(runId(store, 'session', 'flow'), runId(store, 'session', 'other'))
    t.not(runId(store, 'session', 'flow'), runId(store, 'other', 'flow'))
    if (store.hidesIds !== true) t.match(runId(store, 'session', 'flow'), /^[\w-]{43}$/)
  }
  t.end()
})

t.test('run bindings: a binding is found in the definition or in the run, else it is an error', (t) => {
  const { registry } = makeEngine(makeDefinitions({ bindings: [{ stage: 'first' }] }))
  const flow = registry.flow('flow')
  if (flow === undefined) throw new Error('there is a flow')
  const { stageKinds } = registry.kinds
  const defined = flow.bindings[0]
  if (defined === undefined) throw new Error('there is a binding')
  t.equal(bindingOf(flow, { inline: [] }, keyOf('binding', 'first'), stageKinds), defined)
  const inline = { ...inlineState(defined, registry.current), binding: 'put-next' }
  t.strictSame(JSON.parse(JSON.stringify(inline)), inline, 'plain JSON')
  const found = bindingOf(flow, { inline: [inline] }, 'put-next', stageKinds)
  t.match(found, { binding: { pk: 'put-next', target: flow.flow.pk, policybindingmodelPtrId: inline.pointer }, stage: { name: 'first' } })
  t.strictSame(found.policies.bindings, [])
  const refused = { code: 'FST_FLOW_DEFINITION', message: /flow 'flow': a run refers to the binding .*, which is not there/ }
  t.throws(() => bindingOf(flow, { inline: [] }, 'put-next', stageKinds), refused)
  t.throws(() => bindingOf(flow, { inline: [inline] }, 'put-next', new Map()), refused)
  t.end()
})

t.test('vault: what it keeps is sealed, opens under its id, and only for its run', (t) => {
  const sealer = new Sealer([Uint8Array.from({ length: 32 }, () => 7)], (length) => new Uint8Array(length))
  let ids = 0
  const newId = () => `id-${++ids}`
  const vault = new SecretVault(sealer, 'run', newId)
  const secret = new Sensitive('hunter2')
  const id = vault.keep(secret, 'hunter2')
  t.equal(vault.keep(secret, 'hunter2'), id, 'sealed once')
  t.not(vault.keep(new Sensitive('hunter2'), 'hunter2'), id)
  const { boxes } = vault
  t.notMatch(inspect(boxes), 'hunter2')
  t.strictSame(Object.keys(boxes), ['id-1', 'id-2'])
  const again = new SecretVault(sealer, 'run', newId, boxes)
  const opened = again.open(id)
  t.equal(opened?.reveal(), 'hunter2')
  if (opened !== undefined) t.equal(again.keep(opened, 'hunter2'), id, 'what was opened keeps its id')
  t.equal(again.open('id-9'), undefined)
  t.throws(() => new SecretVault(sealer, 'another run', newId, boxes).open(id), { code: 'FST_FLOW_SEAL' })
  t.end()
})

t.test('vault: what is dropped opens no more and is not sealed again; a closed one takes nothing', (t) => {
  const sealer = new Sealer([Uint8Array.from({ length: 32 }, () => 7)], (length) => new Uint8Array(length))
  let ids = 0
  const vault = new SecretVault(sealer, 'run', () => `id-${++ids}`)
  const secret = new Sensitive('hunter2')
  const id = vault.keep(secret, 'hunter2')
  vault.dropAll()
  t.equal(vault.open(id), undefined)
  t.equal(vault.keep(secret, 'hunter2'), id)
  t.strictSame(vault.boxes, {})
  vault.keep(new Sensitive('second'), 'second')
  t.strictSame(Object.keys(vault.boxes), ['id-2'], 'it goes on with new ones')
  vault.close()
  t.equal(vault.keep(new Sensitive('third'), 'third'), 'id-3')
  t.strictSame(vault.boxes, {})
  t.end()
})
