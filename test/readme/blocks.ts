import { readFile } from 'node:fs/promises'

/** A fenced block of the README. */
export interface Block {
  readonly language: string
  readonly text: string
}

/** The README's text. */
export const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')

/** Every fenced block of the README, in order. */
export const blocks: readonly Block[] = [...readme.matchAll(/^```(\w*)\n([^]*?)^```$/gm)]
  .map(([, language = '', text = '']) => ({ language, text }))

/** The cells of a table's column, by the table's heading row: what stands in back quotes there. */
export function namesInTable (heading: string): readonly string[] {
  const table = readme.slice(readme.indexOf(heading)).split('\n\n')[0] ?? ''
  return table.split('\n').slice(2).flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))
}
