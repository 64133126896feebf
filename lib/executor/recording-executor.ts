import type { PlanContext } from '../context/plan-context.js'
import type { Recorder } from '../record/recorder.js'
import { Executor } from './executor.js'
import type { ExecutorTools } from './executor-tools.js'
import type { FlowReply, FlowRequest } from './flow-request.js'

/** An executor that records what it is asked. */
export class RecordingExecutor extends Executor {
  readonly #recorder: Recorder

  constructor (tools: ExecutorTools & { readonly recorder: Recorder }) {
    super(tools)
    this.#recorder = tools.recorder
  }

  override async get (request: FlowRequest): Promise<FlowReply> {
    return await this.#recorder.during(request, () => super.get(request))
  }

  override async answer (request: FlowRequest, body: unknown): Promise<FlowReply> {
    return await this.#recorder.during(request, () => super.answer(request, body))
  }

  override async start (request: FlowRequest, context: PlanContext): Promise<FlowReply> {
    const { http } = request
    // It comes from a route of the host's own, whose path may hold the token of a link.
    return await this.#recorder.during({ ...request, http: { ...http, path: http.route ?? '' } }, () => {
      this.#recorder.begun(context)
      return super.start(request, context)
    })
  }
}
