import { parseArgs } from 'node:util'
import type { StatedVerdict } from '../simulate/overriding-planner.js'

export const COMMANDS = ['plan', 'walk', 'record', 'replay'] as const

export type Command = typeof COMMANDS[number]

/** The options that each command takes, beside those that are about its output. */
const OPTIONS: Readonly<Record<Command, readonly string[]>> = {
  plan: ['blueprints', 'flow', 'user', 'context', 'verdict'],
  walk: ['blueprints', 'flow', 'user', 'context', 'verdict', 'answers'],
  record: ['blueprints', 'flow', 'user', 'context', 'verdict', 'answers', 'out'],
  replay: ['blueprints', 'verdict']
}

/** A command line, read. */
export interface Arguments {
  readonly command: Command
  readonly files: readonly string[]
  readonly blueprints: readonly string[]
  readonly flow: string | undefined
  readonly user: string | undefined
  readonly context: unknown
  readonly verdicts: Readonly<Record<string, StatedVerdict>>
  readonly answers: string | undefined
  readonly out: string | undefined
  readonly json: boolean
}

/** A command line that cannot be followed; the message says what would be right. */
export class UsageError extends Error {
  constructor (message: string) {
    super(`${message}\nTry 'flow-planner --help'.`)
    this.name = 'UsageError'
  }
}

/**
 * Reads a command line; undefined where it asks for help.
 *
 * @throws UsageError
 */
export function readArguments (args: readonly string[]): Arguments | undefined {
  const { values, positionals: [name, ...files] } = parse(args)
  if (values.help === true || (name === undefined && args.length === 0)) return undefined
  const command = COMMANDS.find((known) => known === name)
  if (command === undefined) throw new UsageError(`'${name ?? ''}' is no command; there are ${COMMANDS.join(', ')}`)
  if (command !== 'replay' && files[0] !== undefined) throw new UsageError(`'${files[0]}' is one word too many`)
  const odd = Object.keys(values).find((option) => option !== 'json' && !OPTIONS[command].includes(option))
  if (odd !== undefined) throw new UsageError(`${command} takes no --${odd}`)
  const { blueprints = [], flow, user, context, verdict = [], answers, out, json = false } = values
  const read = {
    command, files, blueprints, flow, user, context: readContext(context), verdicts: readVerdicts(verdict), answers, out, json
  }
  requireAll(read)
  return read
}

function requireAll ({ command, files, blueprints, flow, answers, out }: Arguments): void {
  const missing = command === 'replay'
    ? { FILE: files[0] }
    : {
        '--blueprints': blueprints[0],
        '--flow': flow,
        ...command === 'plan' ? {} : { '--answers': answers },
        ...command === 'record' ? { '--out': out } : {}
      }
  const first = Object.entries(missing).find(([, value]) => value === undefined)
  if (first !== undefined) throw new UsageError(`${command} needs ${first[0]}`)
}

function readContext (text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError('--context: this is not JSON')
  }
}

function readVerdicts (texts: readonly string[]): Record<string, StatedVerdict> {
  return Object.fromEntries(texts.map((text) => {
    const at = text.lastIndexOf('=')
    const verdict = text.slice(at + 1)
    if (at < 1 || (verdict !== 'pass' && verdict !== 'fail' && verdict !== 'error')) {
      throw new UsageError(`--verdict: '${text}' is not POLICY=pass, POLICY=fail or POLICY=error`)
    }
    return [text.slice(0, at), verdict]
  }))
}

function parse (args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        blueprints: { type: 'string', multiple: true },
        flow: { type: 'string' },
        user: { type: 'string' },
        context: { type: 'string' },
        verdict: { type: 'string', multiple: true },
        answers: { type: 'string' },
        out: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' }
      }
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'the command line is wrong')
  }
}
