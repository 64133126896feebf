import type { FastifyInstance } from 'fastify'
import type { Definitions } from 'fastify-flow-planner'
import { isOrder, type Report, type Step } from './cluster-messages.js'
import { readDefinitions } from './definitions.js'

/** Changes the definitions of a worker's server as the primary orders it. */
export function followOrders (app: FastifyInstance, blueprints: readonly string[]): void {
  let learnt: Definitions | undefined
  const steps: Record<Step, () => void> = {
    learn: () => {
      learnt = readDefinitions(blueprints).definitions
      app.flows.learnDefinitions(learnt)
    },
    adopt: () => {
      if (learnt !== undefined) app.flows.replaceDefinitions(learnt)
    }
  }
  process.on('message', (message: unknown) => {
    if (!isOrder(message)) return
    const { step } = message
    const report = (fault: string | null) => { process.send?.({ step, fault } satisfies Report) }
    try {
      steps[step]()
      report(null)
    } catch (error) {
      report(error instanceof Error ? error.message : 'the definitions are wrong')
    }
  })
}
