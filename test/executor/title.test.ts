import fc from 'fast-check'
import t from 'tap'
import { avatarFor } from '../../lib/executor/avatar.js'
import { renderTitle } from '../../lib/executor/title.js'

const names = { app: 'Shop', user: 'ada' }

t.test('title: app, user and percent signs are filled in, everything else is left alone', async (t) => {
  for (const [title, expected] of [
    ['Sign in', 'Sign in'], ['', ''], ['Sign in to %(app)s as %(user)s', 'Sign in to Shop as ada'], ['%(app)s%(app)s', 'ShopShop'],
    ['100%% of %(user)s', '100% of ada'], ['100% sure', '100% sure'], ['%(other)s %s %d %', '%(other)s %s %d %'], ['%%(app)s', '%(app)s'],
    ['%%%(app)s', '%Shop'], ['%(app)d %(APP)s %(app)', '%(app)d %(APP)s %(app)']
  ] as const) t.equal(renderTitle(title, names), expected, title)
})

t.test('title: what is filled in is not read again', async (t) => {
  t.equal(renderTitle('%(app)s/%(user)s', { app: '%(user)s$&', user: '%%$1' }), '%(user)s$&/%%$1')
  t.equal(renderTitle('for %(app)s', { app: '', user: 'x' }), 'for ')
})

const svgOf = (name: string): string => Buffer.from(avatarFor(name).replace('data:image/svg+xml;base64,', ''), 'base64').toString()
const initials = (name: string): string | undefined => />([^<>]*)<\/text>/.exec(svgOf(name))?.[1]

t.test('avatar: nobody has the default picture', async (t) => {
  for (const name of ['', ' ', '\t\n']) t.equal(avatarFor(name), '/static/dist/assets/images/user_default.png')
})

t.test('avatar: a name is a square with up to two initials', async (t) => {
  t.match(svgOf('Ada Lovelace'), /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="64" height="64" .*<\/svg>$/)
  for (const [name, expected] of [
    ['Ada Lovelace', 'AL'], ['ada', 'A'], ['ada king lovelace', 'AL'], ['  "ada"  (x) ', 'AX'], ['7 of 9', '79'], ['- -', ''], ['élan Ωmega', 'ÉΩ'],
    ['𝒜da 日本', '𝒜日']
  ] as const) t.equal(initials(name), expected, name)
})

t.test('avatar: it depends on the name alone, and names differ in colour', async (t) => {
  t.equal(avatarFor('ada'), avatarFor(' ada '))
  const colours = ['ada', 'ben', 'cleo', 'dora', 'eve', 'finn'].map((name) => /fill="(hsl[^"]*)"/.exec(svgOf(name))?.[1])
  t.ok(new Set(colours).size > 3)
})

t.test('avatar: no name gets out of its place', async (t) => {
  const shape = /^<svg [^<>]*><rect [^<>]*\/><text [^<>]*>[^<>&"']*<\/text><\/svg>$/u
  t.doesNotThrow(() => fc.assert(fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant('<b> &amp; "x"')), (name) =>
    name.trim() === '' || shape.test(svgOf(name)))))
  t.ok(avatarFor('x y '.repeat(100000)).length < 600)
})
