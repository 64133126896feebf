import t from 'tap'
import { flowDiagram, type DiagramInput, type DiagramPolicy, type DiagramStage } from '../../lib/diagram/diagram.js'

const flow = { name: 'test-default-context', authentication: 'none' }
const policy = (name: string, order = 0): DiagramPolicy => ({ verboseName: 'Dummy Policy', name, order })
const dummy = (name: string, ...policies: string[]): DiagramStage =>
  ({ verboseName: 'Dummy Stage', name, policies: policies.map((policyName) => policy(policyName)) })
const draw = (input: Partial<DiagramInput>): string => flowDiagram({ flow, policies: [], stages: [], ...input })

t.test('diagram: A4 two stages and a policy give the text of the original', async (t) => {
  t.equal(draw({ stages: [dummy('dummy1'), dummy('dummy2', 'dummy2-policy')] }), `graph TD
flow_start[["Flow
test-default-context"]]
--> stage_0(["Stage (Dummy Stage)
dummy1"])
stage_1_policy_0 --Policy passed--> stage_1(["Stage (Dummy Stage)
dummy2"])
stage_0 --> stage_1_policy_0{{"Policy (Dummy Policy)
dummy2-policy"}}
stage_1 --> done[["End of the flow"]]`)
})

t.test('diagram: A5 a flow without stages leads to its end', async (t) => {
  t.equal(draw({}), `graph TD
flow_start[["Flow
test-default-context"]]
flow_start --> done[["End of the flow"]]`)
})

t.test('diagram: the requirement and the policies of the flow stand before it', async (t) => {
  t.equal(draw({ flow: { name: 'f', authentication: 'require_superuser' }, policies: [policy('p', 5), policy('q', 10)] }), `graph TD
flow_auth_requirement["Flow authentication requirement
require_superuser"]
flow_auth_requirement --Requirement not fulfilled--> done[["End of the flow"]]
flow_auth_requirement --Requirement fulfilled--> flow_start["placeholder"]
flow_pre[["Pre-flow policies"]]
flow_pre --Binding 5--> flow_policy_0{{"Policy (Dummy Policy)
p"}}
flow_pre --Binding 10--> flow_policy_1{{"Policy (Dummy Policy)
q"}}
flow_policy_0 --Policy denied--> done[["End of the flow"]]
flow_policy_1 --Policy denied--> done[["End of the flow"]]
flow_policy_0 --> flow_start[["Flow
f"]]
flow_policy_1 --> flow_start[["Flow
f"]]
flow_start --> done[["End of the flow"]]`)
})

t.test('diagram: a stage left out leads to what stands before the next one', async (t) => {
  t.equal(draw({ stages: [dummy('a', 'a1', 'a2'), dummy('b', 'b1', 'b2'), dummy('c')] }), `graph TD
flow_start[["Flow
test-default-context"]]
stage_0_policy_0 --Policy passed--> stage_0(["Stage (Dummy Stage)
a"])
stage_0_policy_1 --Policy passed--> stage_0(["Stage (Dummy Stage)
a"])
stage_1_policy_0 --Policy passed--> stage_1(["Stage (Dummy Stage)
b"])
stage_1_policy_1 --Policy passed--> stage_1(["Stage (Dummy Stage)
b"])
--> stage_2(["Stage (Dummy Stage)
c"])
flow_start --> stage_0_policy_0{{"Policy (Dummy Policy)
a1"}}
flow_start --> stage_0_policy_1{{"Policy (Dummy Policy)
a2"}}
stage_0 --> stage_1_policy_0{{"Policy (Dummy Policy)
b1"}}
stage_0 --> stage_1_policy_1{{"Policy (Dummy Policy)
b2"}}
stage_0_policy_0 --Policy denied--> stage_1_policy_0{{"Policy (Dummy Policy)
b1"}}
stage_0_policy_1 --Policy denied--> stage_1_policy_0{{"Policy (Dummy Policy)
b1"}}
stage_1_policy_0 --Policy denied--> stage_2(["Stage (Dummy Stage)
c"])
stage_1_policy_1 --Policy denied--> stage_2(["Stage (Dummy Stage)
c"])
stage_2 --> done[["End of the flow"]]`)
})

t.test('diagram: nothing in a name gets out of its label', async (t) => {
  const name = '"]] --> x["`<b>&amp;#quot;\r\nend\u2028graph\0TD'
  const text = draw({ flow: { name, authentication: 'none' } })
  t.equal(text.split('\n')[2], '#quot;]] --#gt; x[#quot;#96;#lt;b#gt;#amp;amp;#35;quot; end graph TD"]]')
  t.equal(text.split('\n').length, 4)
})

t.test('diagram: no name is a comment or a directive', async (t) => {
  const name = '100 %\n%% all'
  const directive = '%%{init: {"securityLevel": "loose"}}%%'
  const text = draw({ flow: { name, authentication: 'none' }, policies: [policy(directive)], stages: [dummy(directive, directive)] })
  t.notMatch(text, '%')
  t.match(text, '\n100 #37; #37;#37; all"]]')
  t.match(text, '\n#37;#37;{init: {#quot;securityLevel#quot;: #quot;loose#quot;}}#37;#37;"])')
})
