import type { Flow } from '../model/flow.js'
import type { Group } from '../model/group.js'
import type { PolicyBinding } from '../model/policy-binding.js'
import type { Policy } from '../model/policy.js'
import type { Prompt } from '../model/prompt.js'
import type { StageBinding } from '../model/stage-binding.js'
import type { Stage } from '../model/stage.js'
import type { UserSeed } from '../model/user.js'

/** What an error about an object says of it. */
export interface Label {
  readonly pk: string
  readonly where: string
}

/** How errors name each kind of object. */
export const label = {
  flow: ({ pk, slug }: Flow): Label => ({ pk, where: `flow '${slug}'` }),
  stage: ({ pk, name }: Stage): Label => ({ pk, where: `stage '${name}'` }),
  policy: ({ pk, name }: Policy): Label => ({ pk, where: `policy '${name}'` }),
  prompt: ({ pk, name }: Prompt): Label => ({ pk, where: `prompt '${name}'` }),
  group: ({ pk, name }: Group): Label => ({ pk, where: `group '${name}'` }),
  user: ({ uuid, username }: UserSeed): Label => ({ pk: uuid, where: `user '${username}'` }),
  binding: ({ pk, order }: StageBinding): Label => ({ pk, where: `stage binding #${order} (${pk})` }),
  policyBinding: ({ pk, order }: PolicyBinding): Label => ({ pk, where: `policy binding #${order} (${pk})` })
} as const
