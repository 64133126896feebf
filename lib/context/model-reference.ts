/** What of a host's object a reference shows. */
export interface ModelReferenceMembers {
  /** The app that the object belongs to, such as `shop`. */
  readonly app: string
  /** The kind of object, such as `order`. */
  readonly modelName: string
  readonly pk: string | number
  /** What people call it. */
  readonly name: string
}

/**
 * Stands in a plan's context for an object of the host's that is not a user: it can be stored and shown, where the
 * object itself would be left out as something that is not data.
 */
export class ModelReference implements ModelReferenceMembers {
  readonly app: string
  readonly modelName: string
  readonly pk: string | number
  readonly name: string

  constructor (members: ModelReferenceMembers) {
    this.app = members.app
    this.modelName = members.modelName
    this.pk = members.pk
    this.name = members.name
  }
}
