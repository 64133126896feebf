import { readFileSync, writeFileSync } from 'node:fs'
import { Value } from '@sinclair/typebox/value'
import { parse } from 'yaml'
import { isPlainObject } from '../plain-object.js'
import type { ExecutorTools } from '../executor/executor-tools.js'
import type { RequestFacts } from '../request-facts.js'
import { simulate, type Simulation, type SimulationRequest } from '../simulate/simulate.js'
import { readSimulation, StatedVerdictsSchema } from '../simulate/simulation-input.js'
import { simulationBody } from '../simulate/simulation-body.js'
import { UsageError, type Arguments } from './arguments.js'
import type { Output } from './output.js'
import { simulationText } from './simulation-text.js'

/** What policies see of the HTTP request that there is not. */
const HTTP: RequestFacts = {
  id: 'flow-planner', ip: '127.0.0.1', method: 'GET', path: '/', origin: 'http://localhost', headers: {}
}

/** A command line with what its file of answers states. */
export interface AnsweredArguments extends Arguments {
  /** What the file holds, as it is. */
  readonly file: Readonly<Record<string, unknown>>
}

/**
 * Reads the file of answers. Its verdicts are needed before there is an engine; those of the command line go first.
 *
 * @throws UsageError
 */
export function withAnswers (args: Arguments): AnsweredArguments {
  const { answers: path } = args
  if (path === undefined) return { ...args, file: {} }
  const file = answersIn(path)
  return { ...args, file, verdicts: { ...verdictsIn(path, file), ...args.verdicts } }
}

function verdictsIn (path: string, { verdicts = {} }: Readonly<Record<string, unknown>>): Arguments['verdicts'] {
  if (Value.Check(StatedVerdictsSchema, verdicts)) return verdicts
  throw new UsageError(`--answers: 'verdicts' in ${path} must be a map of policies to pass, fail or error`)
}

/** What a command line and its file ask for. */
async function simulationRequest (
  tools: ExecutorTools, { flow = '', file, verdicts, ...args }: AnsweredArguments
): Promise<SimulationRequest> {
  const { registry, users } = tools.services
  if (registry.flow(flow) === undefined) {
    const known = [...registry.current.flows].map((one) => one.flow.slug)
    throw new UsageError(`--flow: there is no flow '${flow}'; there are ${known.join(', ')}`)
  }
  const input = {
    ...file,
    verdicts,
    ...args.user === undefined ? {} : { user: args.user },
    ...args.context === undefined ? {} : { context: args.context }
  }
  return { ...await readSimulation(users, flow, input, HTTP), checksPasswords: true }
}

/**
 * Plans or walks, and says what came of it; the exit code is 0 where the flow applies and nobody is denied, 1 where a stage has
 * failed, else 2.
 */
export async function runSimulation (
  tools: ExecutorTools, args: AnsweredArguments, { print, complain }: Output
): Promise<number> {
  const { out } = args
  const simulation = await simulate(tools, { ...await simulationRequest(tools, args), record: out !== undefined })
  const { recording } = simulation
  if (out !== undefined && recording !== undefined) writeFileSync(out, `${JSON.stringify(recording, null, 2)}\n`)
  print(args.json ? JSON.stringify(simulationBody(simulation), null, 2) : simulationText(simulation, args.command !== 'plan'))
  const failed = failedStage(simulation)
  if (failed === undefined) return exitCode(simulation)
  complain(`The stage '${failed}' has failed.${out !== undefined && recording === undefined ? ' Nothing was recorded.' : ''}`)
  return 1
}

/** The stage whose fault has ended the walk. */
function failedStage ({ challenges, explanation: { timeline } }: Simulation): string | undefined {
  if (challenges.at(-1)?.['component'] !== 'ak-stage-flow-error') return undefined
  return timeline.findLast(({ event }) => event === 'failed')?.stage ?? ''
}

function exitCode ({ explanation: { planning, run } }: Simulation): number {
  return planning.outcome !== 'planned' || run.ending?.kind === 'denied' ? 2 : 0
}

function answersIn (path: string): Record<string, unknown> {
  const read = readYaml(path)
  if (Array.isArray(read)) return { answers: read }
  if (isPlainObject(read)) return read
  throw new UsageError(`--answers: ${path} holds neither a list of answers nor a map with 'answers'`)
}

function readYaml (path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new UsageError(`--answers: ${path} cannot be read: ${error instanceof Error ? error.message : 'unknown reason'}`)
  }
}
