import { readArguments, type Arguments } from './arguments.js'
import { HELP } from './help.js'
import { loadFrom, offlineEngine } from './offline-engine.js'
import type { Output } from './output.js'
import { runReplay } from './replay-command.js'
import { runSimulation, withAnswers } from './simulation-command.js'

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
  args: Arguments, output: Output, env: Readonly<Record<string, string | undefined>>
): Promise<number> {
  const definitions = args.blueprints.length === 0 ? undefined : loadFrom(args.blueprints, env)
  if (args.command === 'replay' || definitions === undefined) return await runReplay(args, definitions, output.print)
  const asked = withAnswers(args)
  return await runSimulation(offlineEngine(definitions, asked.verdicts), asked, output)
}
