import t from 'tap'
import { Dictionary } from '../../plugins/pages/texts/dictionary.js'

t.test('dictionary: the tag of a language counts without regard to letter case', async (t) => {
  const dictionary = new Dictionary({
    languages: { DE: { texts: { continue: 'Los' } }, 'pt-BR': { texts: { continue: 'Continuar' } } }, language: 'PT-br'
  })
  t.strictSame(dictionary.words.map(({ tag, texts }) => [tag, texts.continue]), [['en', 'Continue'], ['de', 'Los'], ['pt-BR', 'Continuar']])
  t.equal(dictionary.wordsFor({}).tag, 'pt-BR')
  t.equal(new Dictionary({ language: 'De' }).wordsFor({ 'accept-language': 'en' }).tag, 'de')
  t.equal(new Dictionary().wordsFor({ 'accept-language': 'DE-at' }).tag, 'de')
})

t.test('dictionary: one language under two tags is refused', async (t) => {
  t.throws(() => new Dictionary({ languages: { fr: {}, FR: {} } }), { code: 'FST_FLOW_OPTIONS', message: /languages/ })
})
