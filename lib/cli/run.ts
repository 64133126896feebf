import { readArguments, type Arguments } from './arguments.js'
import { HELP } from './help.js'
import { loadFrom, offlineEngine } from './offline-engine.js'
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
  return await runSimulation(offlineEngine(loadFrom(args.blueprints, env), args.verdicts), args, print)
}
