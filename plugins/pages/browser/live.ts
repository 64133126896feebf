/** Milliseconds between questions where the server cannot call. */
const POLLING = 3000

export type Liveness = 'live' | 'polling'

/**
 * Calls back whenever a run may have moved: by server-sent events, and where they are cut, every few seconds while the page
 * can be seen.
 */
export function watchRun (url: string, moved: () => void, changed: (liveness: Liveness) => void): () => void {
  const source = new EventSource(url)
  let timer: ReturnType<typeof setInterval> | undefined
  const poll = (isNeeded: boolean): void => {
    if (isNeeded === (timer !== undefined)) return
    clearInterval(timer)
    timer = isNeeded ? setInterval(() => document.visibilityState === 'visible' ? moved() : undefined, POLLING) : undefined
    changed(isNeeded ? 'polling' : 'live')
  }
  source.addEventListener('open', () => {
    poll(false)
    changed('live')
    moved()
  })
  source.addEventListener('run', moved)
  // The browser connects again by itself, unless the server has refused.
  source.addEventListener('error', () => poll(true))
  return () => {
    source.close()
    clearInterval(timer)
  }
}
