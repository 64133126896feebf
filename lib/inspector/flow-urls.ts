import type { Flow } from '../model/flow.js'

/** Where the default background is served; the original's URL. */
export const DEFAULT_BACKGROUND = '/static/dist/assets/images/flow_background.jpg'

/** The URL of a flow's background: what the flow states where that is a URL, else the default's. */
export function backgroundUrl (flow: Flow): string {
  return flow.background === null || flow.background === '' ? DEFAULT_BACKGROUND : flow.background
}

/** The URL that exports a flow. */
export function exportUrl (flow: Flow, apiPrefix: string): string {
  return `${apiPrefix}/flows/instances/${flow.slug}/export/`
}
