export type Child = Node | string | null

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

let lastId = 0

/** An id that no other element of the page has. */
export function newId (): string {
  lastId += 1
  return `f${lastId}`
}

function setAttributes (element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue
    element.setAttribute(name, value === true ? '' : String(value))
  }
}

function isChild (child: Child): child is Node | string {
  return child !== null
}

/** Makes an element. Children that are strings become text nodes: nothing is ever parsed as HTML. */
export function h<Tag extends keyof HTMLElementTagNameMap> (
  tag: Tag, attributes: Attributes = {}, ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  setAttributes(element, attributes)
  element.append(...children.filter(isChild))
  return element
}

/** Makes an element of an SVG drawing. */
export function svg (tag: string, attributes: Attributes, ...children: readonly Node[]): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag)
  setAttributes(element, attributes)
  element.append(...children)
  return element
}

/** A button that does something else than to send the form. */
export function button (label: string, onClick: (button: HTMLButtonElement) => unknown, className = 'secondary'): HTMLButtonElement {
  const element = h('button', { type: 'button', class: className }, label)
  element.addEventListener('click', () => onClick(element))
  return element
}

/** The text of an HTML fragment. It is parsed in a document of its own, where nothing runs and nothing is loaded. */
export function plainText (html: string): string {
  return new DOMParser().parseFromString(html, 'text/html').body.textContent ?? ''
}
