import fc from 'fast-check'
import t from 'tap'
import { oneLine, textLines } from '../../lib/diagram/text-lines.js'

t.test('textLines: breaks between words, within a word only where it must, and ends in an ellipsis', async (t) => {
  t.strictSame(textLines('one two three', 7, 3), ['one two', 'three'])
  t.strictSame(textLines('one two three', 8, 3), ['one two', 'three'])
  t.strictSame(textLines('abcdefghij', 4, 3), ['abcd', 'efgh', 'ij'])
  t.strictSame(textLines('one two three four', 7, 2), ['one two', 'three…'])
  t.strictSame(textLines('  one \n two  ', 20, 2), ['one two'])
  t.strictSame(textLines('', 5, 2), [])
  t.equal(oneLine('🙂🙂🙂🙂', 3), '🙂🙂…')
})

t.test('textLines: no line is too long, none too many, and nothing is lost before the ellipsis', async () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 20 }), fc.integer({ min: 1, max: 5 }), (text, width, limit) => {
    const lines = textLines(text, width, limit)
    const bare = (value: string): string => value.replace(/\s/gu, '')
    const shown = bare(lines.join(''))
    return lines.length <= limit && lines.every((line) => [...line].length <= width) &&
      (shown === bare(text) || (shown.endsWith('…') && bare(text).startsWith(shown.slice(0, -1))))
  }))
})
