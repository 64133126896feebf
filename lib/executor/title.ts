/** What a flow's title may name. */
export interface TitleNames {
  /** The application that the flow is for, empty where there is none. */
  readonly app: string
  /** Who the flow is about, as shown to people. */
  readonly user: string
}

/** A flow's title with `%(app)s`, `%(user)s` and `%%` filled in. Whatever else follows a `%` stays as it is. */
export function renderTitle (title: string, names: TitleNames): string {
  if (!title.includes('%')) return title
  return title.replace(/%%|%\(app\)s|%\(user\)s/g, (placeholder) => {
    if (placeholder === '%%') return '%'
    return placeholder === '%(app)s' ? names.app : names.user
  })
}
