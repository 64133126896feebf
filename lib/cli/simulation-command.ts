import { readFileSync, writeFileSync } from 'node:fs'
import { parse } from 'yaml'
import { isPlainObject } from '../plain-object.js'
import type { ExecutorTools } from '../executor/executor-tools.js'
import type { RequestFacts } from '../request-facts.js'
import { simulate, type Simulation, type SimulationRequest } from '../simulate/simulate.js'
import { readSimulation } from '../simulate/simulation-input.js'
import { simulationBody } from '../simulate/simulation-body.js'
import { UsageError, type Arguments } from './arguments.js'
import { simulationText } from './simulation-text.js'

/** What policies see of the HTTP request that there is not. */
const HTTP: RequestFacts = {
  id: 'flow-planner', ip: '127.0.0.1', method: 'GET', path: '/', origin: 'http://localhost', headers: {}
}

/** What a file of answers and a command line ask for; what the command line states goes first. */
export async function simulationRequest (tools: ExecutorTools, { flow = '', ...args }: Arguments): Promise<SimulationRequest> {
  const { registry, users } = tools.services
  if (registry.flow(flow) === undefined) {
    const known = [...registry.current.flows].map((one) => one.flow.slug)
    throw new UsageError(`--flow: there is no flow '${flow}'; there are ${known.join(', ')}`)
  }
  const file = args.answers === undefined ? {} : answersIn(args.answers)
  const verdicts = { ...isPlainObject(file['verdicts']) ? file['verdicts'] : {}, ...args.verdicts }
  const input = {
    ...file,
    verdicts,
    ...args.user === undefined ? {} : { user: args.user },
    ...args.context === undefined ? {} : { context: args.context }
  }
  return { ...await readSimulation(users, flow, input, HTTP), checksPasswords: true }
}

/** Plans or walks, and says what came of it; the exit code is 0 where the flow applies and nobody is denied, else 2. */
export async function runSimulation (
  tools: ExecutorTools, args: Arguments, print: (text: string) => void
): Promise<number> {
  const { out } = args
  const simulation = await simulate(tools, { ...await simulationRequest(tools, args), record: out !== undefined })
  if (out !== undefined) writeFileSync(out, `${JSON.stringify(simulation.recording, null, 2)}\n`)
  print(args.json ? JSON.stringify(simulationBody(simulation), null, 2) : simulationText(simulation, args.command !== 'plan'))
  return exitCode(simulation)
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
