import cluster, { type Worker } from 'node:cluster'
import { buildServer } from './app.js'
import { isReport, type Step } from './cluster-messages.js'
import { followOrders } from './cluster-worker.js'
import { environmentOf, readSecrets } from './secrets.js'
import { fail, ownBlueprints } from './server-main.js'
import { readOptions, UsageError } from './server-options.js'

const WORKERS = 4

/** Starts the workers, puts a new one in the place of each that ends, and rolls changes of the definitions out on SIGHUP. */
function lead (): void {
  const secrets = environmentOf(readSecrets(process.env))
  const fork = () => cluster.fork(secrets)
  let isEnding = false
  for (let number = 0; number < WORKERS; number++) fork()
  let started = 0
  cluster.on('listening', (_worker, { address, port }) => {
    started += 1
    if (started === WORKERS) console.log(`\nOpen http://${address}:${port}/ (${WORKERS} processes)\n`)
  })
  cluster.on('exit', (worker, code) => {
    if (isEnding) return
    // A worker that could not start would not the next time either.
    if (code === 0 || worker.process.signalCode !== null) fork()
    else end(code ?? 1)
  })
  let rolling = Promise.resolve()
  process.on('SIGHUP', () => { rolling = rolling.then(rollOut).catch(fail) })
  const end = (code: number) => {
    isEnding = true
    process.exitCode = code
    for (const worker of workers()) worker.process.kill('SIGTERM')
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(0))
}

function workers (): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
}

/** Changes the definitions of one worker after the other; where they are wrong, the old ones stay in force everywhere. */
async function rollOut (): Promise<void> {
  for (const step of ['learn', 'adopt'] as const) {
    for (const worker of workers()) {
      const fault = await order(worker, step)
      if (fault !== null) {
        console.error(`The definitions were not changed: ${fault}`)
        return
      }
    }
  }
  console.log('The definitions were changed.')
}

/** What was wrong; nothing where it is done, or where the worker has ended: the next one starts with what is on disk. */
async function order (worker: Worker, step: Step): Promise<string | null> {
  return await new Promise((resolve) => {
    const report = (message: unknown) => { if (isReport(message) && message.step === step) settle(message.fault) }
    const ended = () => settle(null)
    const settle = (fault: string | null) => {
      worker.off('message', report)
      worker.off('exit', ended)
      resolve(fault)
    }
    worker.on('message', report)
    worker.on('exit', ended)
    worker.send({ step }, (error) => { if (error !== null) ended() })
  })
}

async function work (): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env, ownBlueprints)
  const app = await buildServer(options, process.env['LOG_LEVEL'] ?? 'info')
  // Ctrl-C reaches the workers too; it is the primary that ends them.
  process.on('SIGINT', () => {})
  process.once('SIGTERM', () => { app.close().then(() => process.exit(0), fail) })
  followOrders(app, options.blueprints)
  await app.listen({ port: options.port, host: options.host })
}

if (cluster.isPrimary) {
  try {
    const { redis } = readOptions(process.argv.slice(2), process.env, ownBlueprints)
    if (redis === undefined) throw new UsageError('--redis is needed: the processes share their state there')
    lead()
  } catch (error) {
    fail(error)
  }
} else {
  work().catch((error: unknown) => {
    fail(error)
    process.exit()
  })
}
