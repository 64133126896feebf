const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** A text of whatever content as part of an XML document, between tags as well as between quotes. */
export function xmlText (text: string): string {
  return text
    .replace(/\p{Cs}/gu, '\uFFFD')
    // XML has no place for control characters, not even escaped.
    .replace(/[\p{Cc}\uFFFE\uFFFF]+/gu, ' ')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
