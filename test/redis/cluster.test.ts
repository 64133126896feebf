import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { copyBlueprints, ExampleProcess, PASSWORD } from './example-process.js'
import { hasRedis, RedisServer } from './server.js'
import { Walker } from './walker.js'

/** Runs in flight at once; each user has a few of them, below the budget of attempts. */
const RUNS = Number(process.env['CLUSTER_RUNS'] ?? 40)
const USERS = 20

const answersOf = (number: number) => ({
  'ak-stage-identification': { uid_field: `walker-${number % USERS}` },
  'ak-stage-password': { password: PASSWORD }
})

/** Recorded plans of the run that the walker has finished: one for each stage that has passed. */
async function stagesOf (walker: Walker): Promise<string[]> {
  const response = await walker.reach('GET', '/api/v3/flows/inspector/sign-in/')
  const text = await response.text()
  if (response.status !== 200) return [`${response.status} ${text}`]
  const inspection: { plans: Array<{ current_stage: { stage_obj: { name: string } } }> } = JSON.parse(text)
  return inspection.plans.map((plan) => plan.current_stage.stage_obj.name)
}

const PASSED = ['sign-in-identification', 'sign-in-password', 'sign-in-code', 'sign-in-login']

if (hasRedis(t)) {
  const server = await RedisServer.start(t)
  const folder = await copyBlueprints(t, USERS)
  const example = await ExampleProcess.start(t, 'cluster', '--redis', server.url, '--blueprints', folder)
  const origin = await example.origin()

  t.test('cluster: every process goes on with what another has begun, and knows who has signed in', async (t) => {
    const walkers = Array.from({ length: 8 }, () => new Walker(origin))
    await Promise.all(walkers.map(async (walker, number) => {
      t.equal(await walker.walk('sign-in', answersOf(number)), '/')
      t.strictSame(await stagesOf(walker), PASSED)
      for (let request = 0; request < 8; request++) {
        t.strictSame(await (await walker.ask('GET', '/private'))?.json(), { hello: `Walker ${number}` })
      }
      t.strictSame([walker.restarts, walker.faults], [0, []])
    }))
  })

  t.test('cluster: who enrols in one process is known in all', async (t) => {
    const walker = new Walker(origin)
    await walker.get('enrolment')
    const entered = { username: 'newcomer', name: 'New', email: 'new@example.com', password: PASSWORD, password_repeat: PASSWORD }
    t.match(await walker.walk('enrolment', { 'ak-stage-prompt': entered }), '/')
    const others = Array.from({ length: 8 }, () => new Walker(origin))
    const answers = { 'ak-stage-identification': { uid_field: 'newcomer' }, 'ak-stage-password': { password: PASSWORD } }
    for (const other of others) t.equal(await other.walk('sign-in', answers), '/')
  })

  t.test('cluster: a rolling change of the definitions loses no run', async (t) => {
    const file = join(folder, 'sign-in.yaml')
    const text = await readFile(file, 'utf8')
    const traffic = { isOver: false }
    const walkers = Array.from({ length: 6 }, () => new Walker(origin))
    const walking = walkers.map(async (walker, number) => {
      // A flow for each session: the next one begins in a new browser.
      let walks = 0
      for (; !traffic.isOver || walks === 0; walks++) {
        const fresh = new Walker(origin)
        t.equal(await fresh.walk('sign-in', answersOf(number)), '/')
        walker.restarts += fresh.restarts
        walker.faults.push(...fresh.faults)
      }
      return walks
    })
    for (let change = 1; change <= 3; change++) {
      await writeFile(file, text.replace('title: Welcome back', `title: Change ${change}`))
      example.kill('SIGHUP')
      await example.says(new RegExp(`(?:The definitions were changed[^]*){${change}}`))
    }
    traffic.isOver = true
    const walks = await Promise.all(walking)
    t.comment(`${walks.reduce((sum, count) => sum + count, 0)} runs under three changes`)
    t.strictSame(walkers.flatMap(({ restarts, faults }) => [restarts, ...faults]), walkers.map(() => 0))
    const after = await Promise.all(Array.from({ length: 8 }, async () =>
      await (await new Walker(origin).ask('GET', '/api/v3/flows/executor/sign-in/?query='))?.text()))
    for (const challenge of after) t.match(challenge, /Change 3/)

    await writeFile(file, 'version: 1\nentries: [{ model: wrong }]\n')
    example.kill('SIGHUP')
    await example.says(/The definitions were not changed: .*sign-in\.yaml/)
    t.match(await new Walker(origin).get('sign-in'), { component: 'ak-stage-identification' })
    // A worker that starts later loads what is on disk: that must be what is in force in the others.
    await writeFile(file, text)
    example.kill('SIGHUP')
    await example.says(/(?:The definitions were changed[^]*){4}/)
  })

  t.test(`cluster: a worker is killed with ${RUNS} runs in flight; all finish, and none advances twice`, async (t) => {
    const walkers = Array.from({ length: RUNS }, () => new Walker(origin))
    let passed = 0
    const kills: string[] = []
    await Promise.all(walkers.map(async (walker, number) => {
      await walker.get('sign-in')
      await walker.post('sign-in', { component: 'ak-stage-identification', ...answersOf(number)['ak-stage-identification'] })
      passed += 1
      // All are between the first and the last stage, or about to be, when workers go.
      if (passed === Math.floor(RUNS / 2) || passed === RUNS) {
        const workers = execFileSync('pgrep', ['-P', String(example.pid)], { encoding: 'utf8' }).split('\n')
        // One that was killed may be listed for a while.
        const worker = workers.find((pid) => !kills.includes(pid)) ?? ''
        process.kill(Number(worker), 'SIGKILL')
        kills.push(worker)
      }
      // Where the reply that signed in was lost, and the new cookie with it, the page that it leads to sends back to the flow.
      do t.equal(await walker.walk('sign-in', answersOf(number)), '/')
      while ((await walker.reach('GET', '/private')).status === 401)
    }))
    t.equal(kills.length, 2)
    t.strictSame(walkers.flatMap(({ faults }) => faults), [], 'no error but broken connections and 503')
    const stages = await Promise.all(walkers.map(stagesOf))
    t.strictSame(stages.filter((names) => names.join() !== PASSED.join()), [], 'each stage has passed once')
    const signedIn = await Promise.all(walkers.map(async (walker) => (await walker.reach('GET', '/private')).status))
    t.ok(signedIn.every((status) => status === 200), 'and everybody is signed in')
  })
}
