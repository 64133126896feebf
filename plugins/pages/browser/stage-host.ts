import type { Json } from './wire.js'
import type { Words } from './words.js'

/** What the page offers to the part that shows a challenge. */
export interface StageHost extends Words {
  /** Whether the flow asks for the fields that password managers of phones need. */
  readonly compatibilityMode: boolean
  /** What the browser filled into the password field of an earlier step, and nobody else has seen. */
  filledPassword: string
  /** The class of devices that was chosen last for codes, so that a wrong code asks for the same again. */
  deviceClass: string
  /** Whether redirects wait for a click, because the inspector is open. */
  holdsRedirects (): boolean
  /** Answers the current challenge. The component is added. Never rejects: what goes wrong is shown. */
  submit (answer: Json): Promise<void>
  /** Asks for the current challenge again; where the run has ended, this starts a new one. */
  reload (): Promise<void>
}

/** Shows a challenge of one component. */
export type RenderStage = (challenge: Json, host: StageHost) => HTMLElement
