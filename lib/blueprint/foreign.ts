/** What a tag found that is of a model which this package has no part for. */
export class Foreign {
  /** The model's name. */
  readonly model: string
  /** `!KeyOf` names an entry that was skipped; `!Find` asks for a model that is unknown. */
  readonly tag: '!KeyOf' | '!Find'

  constructor (model: string, tag: '!KeyOf' | '!Find') {
    this.model = model
    this.tag = tag
  }
}
