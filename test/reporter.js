import { Transform } from 'node:stream'

/** Passes TAP through, and closes it with one plain line: 'N passed, N failed'. */
export default class SummaryReporter extends Transform {
  #tail = ''

  _transform (chunk, _encoding, callback) {
    this.#tail = (this.#tail + chunk).slice(-4096)
    callback(null, chunk)
  }

  _flush (callback) {
    const counts = /^# \{ total: \d+(?:, pass: (\d+))?(?:, fail: (\d+))?(?:, skip: (\d+))?/m.exec(this.#tail)
    const skipped = counts?.[3] === undefined ? '' : `, ${counts[3]} skipped`
    callback(null, `${counts?.[1] ?? 0} passed, ${counts?.[2] ?? 0} failed${skipped}\n`)
  }
}
