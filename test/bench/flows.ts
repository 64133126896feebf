/** The flow that is walked. */
export const WALK_FLOW = 'walk'
export const WALK_STAGES = 4

/** The flow whose run is inspected. */
export const FRAMES_FLOW = 'frames'
export const FRAMES_FLOW_STAGES = 101

/** The answer that passes a dummy stage. */
export const ANSWER = JSON.stringify({ component: 'ak-stage-dummy' })

export const executorPath = (flow: string): string => `/api/v3/flows/executor/${flow}/`
export const inspectorPath = (flow: string): string => `/api/v3/flows/inspector/${flow}/`
