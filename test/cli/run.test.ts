import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { run } from '../../lib/cli/run.js'

const examples = fileURLToPath(new URL('../../examples/blueprints/', import.meta.url))

/** Runs a command line, and gives the exit code and what was printed. */
async function shell (...args: readonly string[]): Promise<{ code: number, out: string, err: string }> {
  const out: string[] = []
  const err: string[] = []
  const code = await run(args, { print: (text) => { out.push(text) }, complain: (text) => { err.push(text) } })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

/** Writes a file that goes with the test. */
function file (t: Test, name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'flow-planner-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const plan = ['plan', '--blueprints', examples, '--flow'] as const

t.test('command line: help for a newcomer', async (t) => {
  for (const args of [[], ['--help'], ['plan', '-h']]) {
    const { code, out } = await shell(...args)
    t.equal(code, 0)
    t.match(out, /npx flow-planner plan --blueprints PATH --flow SLUG/)
  }
})

t.test('command line: plan says what would be planned, and 0, 2 or 1', async (t) => {
  const planned = await shell(...plan, 'inspect-me')
  t.equal(planned.code, 0)
  t.match(planned.out, /^Flow 'inspect-me'/)
  const changed = await shell(...plan, 'inspect-me', '--verdict', 'fails-on-purpose=pass', '--json')
  t.match(JSON.parse(changed.out), { explanation: { flow: { slug: 'inspect-me' } }, effects: [] })
  const closed = await shell(...plan, 'password-change')
  t.equal(closed.code, 2, 'nobody is signed in')
  t.match(closed.out, /it requires that somebody is signed in/)
  t.equal((await shell(...plan, 'password-change', '--user', 'alice')).code, 0)
  t.match(await shell(...plan, 'sgn-in'), { code: 1, err: /there is no flow 'sgn-in'; there are .*sign-in/ })
  t.match(await shell(...plan, 'sign-in', '--user', 'nobody'), { code: 1, err: /there is no user 'nobody'/ })
  t.match(await shell('plan', '--blueprints', 'no/such/folder', '--flow', 'x'), { code: 1, err: /cannot be read/ })
})

t.test('command line: what is wrong is said, with what would be right', async (t) => {
  for (const [args, err] of [
    [['plna'], /'plna' is no command; there are plan, walk, record, replay/],
    [['plan'], /plan needs --blueprints/],
    [['plan', '--blueprints', 'x'], /plan needs --flow/],
    [['walk', '--blueprints', 'x', '--flow', 'y'], /walk needs --answers/],
    [['record', '--blueprints', 'x', '--flow', 'y', '--answers', 'z'], /record needs --out/],
    [['replay'], /replay needs FILE/],
    [['plan', 'more'], /one word too many/],
    [['plan', '--what'], /--what/],
    [[...plan, 'sign-in', '--out', 'x'], /plan takes no --out/],
    [[...plan, 'sign-in', '--answers', 'x'], /plan takes no --answers/],
    [['walk', '--blueprints', 'x', '--flow', 'y', '--answers', 'z', '--out', 'x'], /walk takes no --out/],
    [['replay', 'x', '--user', 'alice'], /replay takes no --user/],
    [[...plan, 'sign-in', '--verdict', 'x=maybe'], /'x=maybe' is not POLICY=pass, POLICY=fail or POLICY=error/],
    [[...plan, 'sign-in', '--context', '{'], /--context: this is not JSON/],
    [['walk', '--blueprints', examples, '--flow', 'sign-in', '--answers', 'no-such-file'], /--answers: no-such-file cannot be read/]
  ] as const) {
    t.match(await shell(...args), { code: 1, err })
  }
})

t.test('command line: walk answers from a file, and lists what would have been changed', async (t) => {
  const answers = file(t, 'answers.yaml', `
- uid_field: alice
- password: not the password
- password: alice-example-password
`)
  const walked = await shell('walk', '--blueprints', examples, '--flow', 'sign-in', '--answers', answers)
  t.equal(walked.code, 0)
  t.match(walked.out, /ak-stage-password {"password":\[{"string":"Invalid password"/)
  t.match(walked.out, /Would have changed:\n {2}reputation .*\n {2}reputation .*\n {2}sign_in {"username":"alice"/)
  const map = file(t, 'answers.json', JSON.stringify({ user: 'alice', answers: [{}, {}] }))
  t.match((await shell('walk', '--blueprints', examples, '--flow', 'sign-out', '--answers', map)).out, /sign_out .*alice[^]*Answers left over: 2/)
  const wrong = file(t, 'wrong.yaml', 'just a text')
  t.match(await shell('walk', '--blueprints', examples, '--flow', 'sign-in', '--answers', wrong), { code: 1, err: /neither a list of answers/ })
})

t.test('command line: a stated verdict stands in for a function that is not there', async (t) => {
  const blueprint = file(t, 'guarded.yaml', `
version: 1
metadata: { name: guarded }
entries:
- { model: authentik_flows.flow, id: flow, identifiers: { slug: guarded }, attrs: { name: g, title: g, designation: authorization } }
- { model: authentik_policies_expression.expressionpolicy, id: p, identifiers: { name: of the host }, attrs: { expression: return True } }
- { model: authentik_stages_dummy.dummystage, id: stage, identifiers: { name: only } }
- { model: authentik_flows.flowstagebinding, identifiers: { order: 0, stage: !KeyOf stage, target: !KeyOf flow } }
- { model: authentik_policies.policybinding, identifiers: { order: 0, policy: !KeyOf p, target: !KeyOf flow } }
`)
  const args = ['plan', '--blueprints', blueprint, '--flow', 'guarded'] as const
  t.match(await shell(...args), { code: 1, err: /no function stands for it[^]*--verdict 'of the host=pass'/ })
  t.equal((await shell(...args, '--verdict', 'of the host=pass')).code, 0)
  t.match(await shell(...args, '--verdict', 'of the host=fail'), { code: 2, out: /'of the host' failed/ })
  t.match(await shell(...args, '--verdict', 'of the host=error'), { code: 2, out: /could not be checked/ })
  const walk = async (answers: object, ...more: readonly string[]) =>
    await shell('walk', ...args.slice(1), '--answers', file(t, 'answers.json', JSON.stringify({ answers: [{}], ...answers })), ...more)
  t.match(await walk({ verdicts: { 'of the host': 'pass' } }), { code: 0 }, 'one that the answers state does too')
  t.match(await walk({ verdicts: { 'of the host': 'pass' } }, '--verdict', 'of the host=fail'), { code: 2 }, 'the command line goes first')
  for (const verdicts of ['of the host=pass', ['of the host'], { 'of the host': true }]) {
    const err = /--answers: 'verdicts' in .*answers\.json must be a map of policies to pass, fail or error/
    t.match(await walk({ verdicts }), { code: 1, err })
  }
})

t.test('command line: what was stated when a walk was recorded is stated when it is replayed', async (t) => {
  const answers = file(t, 'answers.yaml', '[{}]')
  const recording = join(answers, '../inspect-me.run.json')
  const args = [...plan.slice(1), 'inspect-me', '--answers', answers, '--out', recording, '--verdict', 'is-superuser=pass']
  t.match(await shell('record', ...args), { code: 0, err: '' })
  t.match(await shell('replay', recording), { code: 0, out: /no difference/ })
  t.match(await shell('replay', recording, '--verdict', 'nosuch=fail'), { code: 1, err: /there is no policy 'nosuch'/ })
  t.match(await shell('replay', recording, '--verdict', 'is-superuser=fail'), { code: 2, out: /verdict of policy 'is-superuser'/ })
})

t.test('command line: a stage that fails is an error', async (t) => {
  const failing = (...stages: readonly string[]) => file(t, 'failing.yaml', `
version: 1
metadata: { name: failing }
entries:
- { model: authentik_flows.flow, id: flow, identifiers: { slug: failing }, attrs: { name: f, title: f, designation: authorization } }
- { model: authentik_stages_dummy.dummystage, id: fine, identifiers: { name: fine } }
- { model: authentik_stages_dummy.dummystage, id: broken, identifiers: { name: broken }, attrs: { throw_error: true } }
${stages.map((id, order) => `- { model: authentik_flows.flowstagebinding, identifiers: { order: ${order}, stage: !KeyOf ${id}, target: !KeyOf flow } }`).join('\n')}
`)
  const answers = file(t, 'answers.yaml', '[{}, {}]')
  const out = join(answers, '../failing.run.json')
  for (const command of [['walk'], ['record', '--out', out]]) {
    const failed = await shell(...command, '--blueprints', failing('fine', 'broken'), '--flow', 'failing', '--answers', answers)
    t.match(failed, { code: 1, out: /ak-stage-flow-error/, err: "The stage 'broken' has failed." })
  }
  rmSync(out)
  const args = ['--blueprints', failing('broken', 'fine'), '--flow', 'failing', '--answers', answers, '--out', out]
  t.match(await shell('record', ...args), { code: 1, err: "The stage 'broken' has failed. Nothing was recorded." })
  t.notOk(existsSync(out))
  t.match(await shell('plan', ...args.slice(0, 4)), { code: 1, err: "The stage 'broken' has failed." })
})
