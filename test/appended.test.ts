import tap from 'tap'
import { appended } from '../lib/appended.js'

tap.test('appended: the item comes last, and the list stays as it is', async (t) => {
  const list: readonly (string | readonly string[])[] = Object.freeze(['first'])
  t.strictSame(appended(list, 'second'), ['first', 'second'])
  t.strictSame(appended(list, ['a list', 'is one item']), ['first', ['a list', 'is one item']])
  t.strictSame(list, ['first'])
})
