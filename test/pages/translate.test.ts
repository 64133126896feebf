import t from 'tap'
import { fill } from '../../lib/fill-text.js'
import { builtInPolicyKinds, builtInStageKinds } from '../../plugins/index.js'
import { english } from '../../plugins/pages/texts/english.js'
import { german, germanMessages } from '../../plugins/pages/texts/german.js'
import { translator } from '../../plugins/pages/texts/translate.js'

t.test('translator: by the English text, with values where they belong', async (t) => {
  const say = translator({
    'Not this.': 'Nicht das.',
    'At least {count} characters (of {all}).': 'Von {all}: {count}.',
    '"{value}" is wrong.': '„{value}“ ist falsch.'
  })
  t.equal(say('Not this.'), 'Nicht das.')
  t.equal(say('At least 10 characters (of 20).'), 'Von 20: 10.')
  t.equal(say('"a.*{value}\n$1" is wrong.'), '„a.*{value}\n$1“ ist falsch.')
  for (const other of ['Not this', 'At least 10 characters (of 20)..', '"" is wrong.', '', 'constructor', '__proto__']) t.equal(say(other), other)
})

t.test('translator: a value may stand in a text more than once, and have a number for a name', async (t) => {
  const say = translator({
    '{0} of {1} codes are left.': 'Noch {0} von {1}.',
    'Type {word} and {word}0 ({1}).': '{word}, {word}0, {1}',
    'Of {__proto__}: {constructor}': '{constructor}+{__proto__}'
  })
  t.equal(say('3 of 6 codes are left.'), 'Noch 3 von 6.')
  t.equal(say('Type yes and yes0 (1).'), 'yes, yes0, 1')
  t.equal(say('Type yes and no0 (1).'), 'Type yes and no0 (1).')
  t.equal(say('Of a: b'), 'b+a')
})

t.test('fill: puts in what there is, and leaves the rest', async (t) => {
  t.equal(fill('{a} and {b}', { a: 1 }), '1 and {b}')
  t.equal(fill('{constructor}', {}), '{constructor}')
})

/** The names of the values that go into a text. */
const placesIn = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '').sort()

t.test('german: every text is there, and takes the same values', async (t) => {
  t.strictSame(Object.keys(german), Object.keys(english))
  for (const [name, text] of Object.entries(english)) {
    t.strictSame(placesIn(german[name as keyof typeof english]), placesIn(text), name)
  }
  for (const [key, text] of Object.entries(germanMessages)) t.strictSame(placesIn(text), placesIn(key), key)
})

t.test('german: kinds of stages and policies have a name', async (t) => {
  for (const { verboseName } of builtInStageKinds) t.not(germanMessages[verboseName], undefined, verboseName)
  for (const kind of [...builtInPolicyKinds.map(({ kind }) => kind), 'group', 'user']) t.not(germanMessages[kind], undefined, kind)
})
