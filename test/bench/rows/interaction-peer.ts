import assert from 'node:assert/strict'
import { Browser } from '../answers.js'
import { OURS, type Contender } from '../contender.js'
import type { Cores } from '../cores.js'
import { executorPath, WALK_FLOW } from '../flows.js'
import type { Row } from '../row.js'
import { httpContest } from './http-row.js'

const client = {
  client_id: 'benchmark',
  redirect_uris: ['https://client.example/callback'],
  response_types: ['code'],
  grant_types: ['authorization_code'],
  token_endpoint_auth_method: 'none'
}

const authorization = `/auth?${new URLSearchParams({
  client_id: client.client_id,
  response_type: 'code',
  scope: 'openid',
  redirect_uri: 'https://client.example/callback',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256'
})}`

/** The start of a flow by a browser without a cookie, beside the start of an interaction by one. */
export const interactionPeerRow = (cores: Cores, contender: Contender = OURS): Row => ({
  name: `interaction-peer${contender.suffix}`,
  ours: contender.told('start of a flow in a new session: plan and first challenge'),
  beside: 'oidc-provider 9 starting an interaction',
  goal: contender.isOurs ? 3 : undefined,
  async prepare ({ slice }) {
    return await httpContest(cores, async (servers) => {
      const path = executorPath(WALK_FLOW)
      const { server: ours, answers: [challenge] } = await contender.start(servers)
      assert.equal(JSON.parse(challenge?.text ?? '').component, 'ak-stage-dummy', 'ours shows the first challenge')
      const beside = await servers.start('oidc', { client })
      const interaction = await new Browser(beside.url).get(authorization)
      assert.equal(interaction.status, 303, `oidc-provider begins an interaction: ${interaction.text}`)
      return {
        ours: { server: ours, slice, round: 1, requests: async () => [{ method: 'GET', path }] },
        beside: { server: beside, slice, round: 1, status: 303, requests: async () => [{ method: 'GET', path: authorization }] }
      }
    })
  }
})
