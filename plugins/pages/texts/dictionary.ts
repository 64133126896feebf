import type { IncomingHttpHeaders } from 'node:http'
import Negotiator from 'negotiator'
import { OptionsError } from '../../../lib/errors.js'
import { english, englishMessages } from './english.js'
import { german, germanMessages } from './german.js'
import type { Language, PageTexts } from './language.js'
import { translator } from './translate.js'

/** A language in full, as a page is written in it. */
export interface Words {
  /** A language tag, such as `de` or `pt-BR`. */
  readonly tag: string
  readonly texts: PageTexts
  readonly messages: Readonly<Record<string, string>>
  /** Translates what comes from the server. */
  readonly say: (text: string) => string
}

export interface DictionaryOptions {
  /** Languages by tag: new ones, and what is to be said otherwise in those that there are (`en`, `de`). */
  readonly languages?: Readonly<Record<string, Language>>
  /** The one language that all pages are in. Without it the browser's wish decides, and English where that can't be met. */
  readonly language?: string
}

const SHIPPED: ReadonlyMap<string, Language> = new Map([
  ['en', { texts: english, messages: englishMessages }],
  ['de', { texts: german, messages: germanMessages }]
])

function inFull (tag: string, own: Language = {}): Words {
  const shipped = SHIPPED.get(tag)
  const messages = { ...shipped?.messages, ...own.messages }
  return { tag, texts: { ...english, ...shipped?.texts, ...own.texts }, messages, say: translator(messages) }
}

/** Tags name a language whatever the case of their letters. */
const folded = (tag: string): string => tag.toLowerCase()

/**
 * Languages by folded tag.
 *
 * @throws OptionsError where two tags name one language.
 */
function byTag (languages: Readonly<Record<string, Language>>): Map<string, Language> {
  const found = new Map<string, Language>()
  for (const [tag, language] of Object.entries(languages)) {
    if (found.has(folded(tag))) throw new OptionsError(`option 'languages': '${tag}' is there twice, in other letters`)
    found.set(folded(tag), language)
  }
  return found
}

/** Each language once, as it is spelt first. */
function spelling (tags: readonly string[]): string[] {
  return tags.filter((tag, index) => tags.findIndex((other) => folded(other) === folded(tag)) === index)
}

/** The languages that the pages can be in. */
export class Dictionary {
  readonly words: readonly Words[]
  readonly #fixed: Words | undefined
  readonly #fallback: Words

  /** @throws OptionsError where two tags name one language. */
  constructor ({ languages = {}, language }: DictionaryOptions = {}) {
    const own = byTag(languages)
    const tags = spelling([...SHIPPED.keys(), ...Object.keys(languages), ...language === undefined ? [] : [language]])
    this.words = tags.map((tag) => inFull(tag, own.get(folded(tag))))
    this.#fixed = this.words.find(({ tag }) => language !== undefined && folded(tag) === folded(language))
    this.#fallback = this.#fixed ?? inFull('en', own.get('en'))
  }

  /** The language of the answer to a request, by its `accept-language`. */
  wordsFor (headers: IncomingHttpHeaders): Words {
    if (this.#fixed !== undefined) return this.#fixed
    const tag = new Negotiator({ headers }).language(this.words.map((words) => words.tag))
    return this.words.find((words) => words.tag === tag) ?? this.#fallback
  }
}
