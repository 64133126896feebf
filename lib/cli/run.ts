import { readArguments, type Arguments } from './arguments.js'
import { HELP } from './help.js'
import { loadFrom, offlineEngine } from './offline-engine.js'
import { runReplay } from './replay-command.js'
import { runSimulation } from './simulation-command.js'

/** What a command writes to. */
export interface Output {
  readonly print: (text: string) => void
  readonly complain: (text: string) => void
}

/** Runs a command line and gives its exit code; nothing is thrown. */
export async function run (
  args: readonly string[], output: Output, env: Readonly<Record<string, string | undefined>> = {}
): Promise<number> {
  try {
    const read = readArguments(args)
    if (read !== undefined) return await runCommand(read, output, env)
    output.print(HELP)
    return 0
  } catch (error) {
    output.complain(error instanceof Error ? error.message : String(error))
    return 1
  }
}

async function runCommand (
  args: Arguments, { print }: Output, env: Readonly<Record<string, string | undefined>>
): Promise<number> {
  const definitions = args.blueprints.length === 0 ? undefined : loadFrom(args.blueprints, env)
  if (args.command === 'replay' || definitions === undefined) return await runReplay(args, definitions, print)
  return await runSimulation(offlineEngine(definitions, args.verdicts), args, print)
}
