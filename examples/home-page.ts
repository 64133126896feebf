import type { Flow, User } from 'fastify-flow-planner'

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

const escape = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '')

/** The start page: who is signed in, and every flow with a link to walk it and one to watch it. */
export function homePage (flows: readonly Flow[], user: User | null): string {
  const rows = flows.map(({ slug, title }) =>
    `<li><a href="/if/flow/${slug}/">${escape(title)}</a> (<a href="/if/flow/${slug}/?inspector">with the inspector</a>)</li>`)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Flow planner example</title>
<h1>Flow planner example</h1>
<p>${user === null ? 'Nobody is signed in.' : `Signed in as ${escape(user.username)}.`}</p>
<ul>
${rows.join('\n')}
</ul>
</html>
`
}
