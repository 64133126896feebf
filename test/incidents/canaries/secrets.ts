/** Something that may be found nowhere but where the person must see it. */
export interface Secret {
  /** The kind of stage and the field, or what else it is. */
  readonly name: string
  readonly text: string
  /** Components of the challenges that show it to the person whose it is. */
  readonly shownIn: readonly string[]
  /** Whether only its name says that it is one: then it is shown nowhere, but kept as it is in the memory of the process. */
  readonly byName: boolean
}

/** All secrets of a test, each with a text of its own. */
export class Secrets {
  readonly all: Secret[] = []
  #count = 0

  /** Makes up a secret. */
  canary (name: string, stated: Partial<Pick<Secret, 'shownIn' | 'byName'>> = {}): string {
    return this.know(name, `canary${String(++this.#count).padStart(3, '0')}x${name.replaceAll(/\W/g, '')}`, stated)
  }

  /** Makes up a secret of eight digits. */
  digits (name: string, stated: Partial<Pick<Secret, 'byName'>> = {}): string {
    return this.know(name, String(90_817_260 + ++this.#count), stated)
  }

  /** Takes something over that the engine has made. */
  know (name: string, text: string, { shownIn = [], byName = false }: Partial<Pick<Secret, 'shownIn' | 'byName'>> = {}): string {
    this.all.push({ name, text, shownIn, byName })
    return text
  }
}
