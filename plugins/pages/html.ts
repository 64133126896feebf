const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'], ['<', '&lt;'], ['>', '&gt;'], ['"', '&quot;'], ["'", '&#39;']
])

/** Makes a text safe inside HTML, between tags as well as between quotes. */
export function escapeHtml (text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES.get(character) ?? '')
}

/** A template tag for HTML: every value in it is escaped. Only other fragments made by it are left as they are. */
export function html (strings: TemplateStringsArray, ...values: ReadonlyArray<string | RawHtml>): RawHtml {
  const parts = strings.map((string, index) => {
    const value = values[index]
    return string + (value === undefined ? '' : value instanceof RawHtml ? value.text : escapeHtml(value))
  })
  return new RawHtml(parts.join(''))
}

/** HTML that is already safe. */
export class RawHtml {
  readonly text: string

  constructor (text: string) {
    this.text = text
  }
}

/** Puts fragments one after the other. */
export function joinHtml (fragments: readonly RawHtml[]): RawHtml {
  return new RawHtml(fragments.map((fragment) => fragment.text).join(''))
}
