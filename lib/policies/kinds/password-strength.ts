import type { ZxcvbnFactory } from '@zxcvbn-ts/core'

/** How many characters are looked at: the estimate's cost grows faster than the length. */
const MAX_LENGTH = 100

/**
 * How many ways of reading letters into digits and signs are tried. With the library's own 100, a password made for it holds
 * the process for more than half a second; with 5, for some 40 ms, and what is found does not change in practice.
 */
const MAX_SUBSTITUTIONS = 5

/** How easily a password is guessed. */
export interface PasswordStrength {
  /** From 0, guessed at once, to 4. */
  readonly score: number
  readonly suggestions: readonly string[]
}

let estimator: Promise<ZxcvbnFactory> | undefined

/**
 * Estimates how easily a password is guessed by somebody who knows the given words.
 *
 * The word lists are large, so they are loaded when the first password is judged and not with the package.
 */
export async function judgeStrength (password: string, known: readonly string[]): Promise<PasswordStrength> {
  estimator ??= load()
  const { score, feedback } = (await estimator).check(password.slice(0, MAX_LENGTH), known.filter((word) => word !== ''))
  return { score, suggestions: feedback.suggestions }
}

async function load (): Promise<ZxcvbnFactory> {
  const [{ ZxcvbnFactory }, common, english] = await Promise.all([
    import('@zxcvbn-ts/core'), import('@zxcvbn-ts/language-common'), import('@zxcvbn-ts/language-en')
  ])
  const { translations } = english
  return new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...english.dictionary },
    graphs: common.adjacencyGraphs,
    l33tMaxSubstitutions: MAX_SUBSTITUTIONS,
    translations: {
      ...translations,
      // The wording that people know from the original.
      suggestions: { ...translations.suggestions, anotherWord: 'Add another word or two. Uncommon words are better.' }
    }
  })
}
