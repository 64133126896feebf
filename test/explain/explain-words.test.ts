import t from 'tap'
import { codeText } from '../../lib/explain/code-text.js'
import { explainTexts } from '../../lib/explain/explain-words.js'
import { ExplanationSchema } from '../../lib/explain/explanation-schema.js'

const { planning, bindings } = ExplanationSchema.properties
const binding = bindings.items.properties

const codes: Record<string, readonly string[]> = {
  state: binding.state.enum,
  reason: binding.state.enum,
  verdict: binding.policies.items.properties.result.enum,
  planning: planning.properties.outcome.enum,
  requirement: planning.properties.requirement.enum,
  event: ['started', 'challenge', 'refused', 'passed', 'taken_out', 'failed', 'restarted', 'denied', 'ended', 'cancelled']
}

t.test('words: every code of an explanation has its text', async (t) => {
  for (const [kind, all] of Object.entries(codes)) {
    t.ok(all.length > 0)
    for (const code of all) t.ok(Object.values(explainTexts).includes(codeText(explainTexts, kind, code)), `${kind} ${code}`)
  }
})

t.test('words: a code without a text stays as it is', async (t) => {
  for (const code of ['new_state', 'constructor', '__proto__', '']) t.equal(codeText(explainTexts, 'state', code), code)
})
