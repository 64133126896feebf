import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { Gathering } from '../../plugins/gathering.js'

/** Requests after which whoever has joined goes on, whoever else may come. */
const MANY = 32

/** Turns of the event loop after which all who have joined go on, however many more come. */
const ENOUGH = 10

t.test('gathering: those who join together go on one after the other, before what they lead to', async (t) => {
  const gathering = new Gathering()
  const steps: string[] = []
  const work = async (name: string): Promise<void> => {
    await gathering.join()
    steps.push(`${name} works`)
    await Promise.resolve()
    steps.push(`${name} replies`)
  }
  await Promise.all(['one', 'two', 'three'].map(work))
  t.same(steps, ['one works', 'two works', 'three works', 'one replies', 'two replies', 'three replies'])
})

t.test('gathering: who comes a turn later goes on with those who have waited for it', async (t) => {
  const gathering = new Gathering()
  const steps: string[] = []
  const joins = async (name: string): Promise<void> => {
    await gathering.join()
    steps.push(name)
  }
  const joined = [joins('first'), joins('second')]
  await nextTurn()
  t.same(steps, [], 'where two have come, another turn might bring more')
  joined.push(joins('third'))
  await Promise.race(joined)
  await Promise.resolve()
  t.same(steps, ['first', 'second', 'third'])
  await Promise.all(joined)
})

t.test('gathering: nobody waits for long, however many more come', async (t) => {
  const gathering = new Gathering()
  let gone = 0
  const joined: Promise<void>[] = []
  for (let turn = 0; turn < ENOUGH; turn += 1) {
    joined.push(gathering.join().then(() => { gone += 1 }))
    await nextTurn()
  }
  t.ok(gone > 0, 'the first have not waited for the last')
  await Promise.all(joined)
  t.equal(gone, ENOUGH)
})

t.test('gathering: where many come at once, the first go on without the last', async (t) => {
  const gathering = new Gathering()
  const gone: number[] = []
  const joined = Array.from({ length: MANY + 1 }, async (_, number) => {
    await gathering.join()
    gone.push(number)
  })
  await Promise.resolve()
  t.same(gone, Array.from({ length: MANY }, (_, number) => number), 'they have not waited for a turn of the event loop')
  await Promise.all(joined)
  t.equal(gone.at(-1), MANY)
})

t.test('gathering: who has been enough does not take those along who have come after', async (t) => {
  const gathering = new Gathering()
  const joined = Array.from({ length: MANY }, async () => await gathering.join())
  await nextTurn()
  let isDone = false
  const next = [gathering.join(), gathering.join()].map(async (join) => { await join; isDone = true })
  await nextTurn()
  t.notOk(isDone, 'where two have come, another turn might bring more')
  await Promise.all([...joined, ...next])
})

t.test('gathering: who comes when all have gone on is gathered anew', async (t) => {
  const gathering = new Gathering()
  await gathering.join()
  let isDone = false
  const next = gathering.join().then(() => { isDone = true })
  await Promise.resolve()
  t.notOk(isDone, 'a turn might bring more')
  await next
  t.ok(isDone)
})
