import { readFileSync } from 'node:fs'
import type { Definitions } from '../model/definitions.js'
import { differenceText, type Difference } from '../record/difference.js'
import { replay } from '../record/replay.js'
import type { Arguments } from './arguments.js'

/** Replays each file; the exit code is 0 where none shows a difference, else 2. */
export async function runReplay (
  { files, verdicts, json }: Arguments, definitions: Definitions | undefined, print: (text: string) => void
): Promise<number> {
  const outcomes: { file: string, difference: Difference | null }[] = []
  for (const file of files) {
    const options = { verdicts, ...definitions === undefined ? {} : { definitions } }
    outcomes.push({ file, difference: await replay(readJson(file), options) ?? null })
  }
  print(json
    ? JSON.stringify(outcomes, null, 2)
    : outcomes.map(({ file, difference }) => `${file}: ${difference === null ? 'no difference' : differenceText(difference)}`).join('\n'))
  return outcomes.some(({ difference }) => difference !== null) ? 2 : 0
}

function readJson (file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(`${file} cannot be read: ${error instanceof Error ? error.message : 'unknown reason'}`)
  }
}
