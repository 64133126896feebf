import { Browser, requireAlike } from '../answers.js'
import type { Cores } from '../cores.js'
import { ANSWER, executorPath, FRAMES_FLOW, inspectorPath } from '../flows.js'
import type { Row } from '../row.js'
import { httpContest } from './http-row.js'

/** The inspector with so many frames, beside a route that sends the same text from a variable. */
export const inspectRow = (cores: Cores, frames: number): Row => ({
  name: `inspect-${frames}`,
  ours: `inspector with ${frames} ${frames === 1 ? 'frame' : 'frames'}`,
  beside: 'bare route with the same session, the same bytes from one text',
  goal: 0.9,
  async prepare ({ slice }) {
    return await httpContest(cores, async (servers) => {
      const ours = await servers.start('flows')
      const browser = new Browser(ours.url)
      const path = inspectorPath(FRAMES_FLOW)
      await browser.get(executorPath(FRAMES_FLOW))
      for (let passed = 0; passed < frames; passed += 1) await browser.post(executorPath(FRAMES_FLOW), ANSWER)
      const answer = await browser.get(path)
      const beside = await servers.start('bare-text', { path, text: answer.text })
      const other = new Browser(beside.url)
      await other.get('/session')
      requireAlike([answer], [await other.get(path)])
      const get = ({ headers }: Browser) => async () => [{ method: 'GET' as const, path, headers }]
      return {
        ours: { server: ours, slice, round: 1, requests: get(browser) },
        beside: { server: beside, slice, round: 1, requests: get(other) }
      }
    })
  }
})
