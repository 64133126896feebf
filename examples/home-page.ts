import type { Flow, User } from 'fastify-flow-planner'

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

const escape = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '')

/** The look of the start page: a style sheet of its own, so that the page needs nothing inline. */
export const HOME_STYLE = `:root { color-scheme: light dark; --text: #17202f; --muted: #55617a; --page: #f4f6fb; --card: #fff; --line: #d5dbe6; --accent: #2b57c8 }
@media (prefers-color-scheme: dark) {
  :root { --text: #e8ecf4; --muted: #a3aec2; --page: #0f1420; --card: #171d2a; --line: #303a4d; --accent: #8fb1ff }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 56rem; margin: 0 auto; padding: 3rem 1.25rem }
h1 { margin: 0; font-size: 1.75rem; letter-spacing: -.01em }
h2 { margin: 0; font-size: 1.0625rem }
p { margin: .25rem 0 0; color: var(--muted) }
a { color: var(--accent); text-underline-offset: .2em }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px }
ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 16rem), 1fr)); gap: 1rem; margin: 2rem 0 0; padding: 0; list-style: none }
li { padding: 1.125rem 1.25rem; border: 1px solid var(--line); border-radius: 12px; background: var(--card); overflow-wrap: anywhere }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin-top: .75rem; font-size: .9375rem }
`

function card ({ slug, title, name, designation }: Flow): string {
  return `<li>
<h2>${escape(title)}</h2>
<p>${escape(name)} · ${designation.replaceAll('_', ' ')}</p>
<nav aria-label="${escape(name)}"><a href="/if/flow/${slug}/">Walk it</a> <a href="/if/flow/${slug}/?inspector">Watch it</a></nav>
</li>`
}

/** The start page: who is signed in, and every flow with a link to walk it and one to watch it. */
export function homePage (flows: readonly Flow[], user: User | null): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Flow planner example</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/home.css">
</head>
<body>
<main>
<h1>Flow planner example</h1>
<p>${user === null ? 'Nobody is signed in.' : `Signed in as ${escape(user.username)}.`} <a href="/private">A page for people who are</a></p>
<ul>
${flows.map(card).join('\n')}
</ul>
</main>
</body>
</html>
`
}
