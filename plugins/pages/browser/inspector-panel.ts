import { planningReason } from '../../../lib/explain/reason.js'
import { fill } from '../../../lib/fill-text.js'
import { bindingDetails, policyList } from './binding-details.js'
import { contextTree } from './context-tree.js'
import { button, h } from './dom.js'
import { planningFacts } from './explain-facts.js'
import { InspectorClient, type Look, type Sight } from './inspector-client.js'
import { jsonView } from './json-view.js'
import { type Liveness, RunWatch } from './live.js'
import { type Moment, momentsOf } from './moment.js'
import { MomentSlider } from './moment-slider.js'
import type { Place } from './page.js'
import { RunPicture } from './run-picture.js'
import { Section } from './section.js'
import { timeline } from './timeline.js'
import { WhatIf } from './what-if.js'
import { flagOf, objectOf, objectsOf, textOf } from './wire.js'
import type { Words } from './words.js'

/** Shows a run: its way, the moments it went through, and why. */
export class Inspector {
  readonly #root: HTMLElement
  readonly #words: Words
  readonly #client: InspectorClient
  readonly #state = h('p', { class: 'state', role: 'status' })
  readonly #liveness = h('span', { class: 'liveness' })
  readonly #content = h('div', { class: 'inspector-content', hidden: true })
  /** A link, so that the browser itself saves the file under the name that the server gives it. */
  readonly #export: HTMLAnchorElement
  readonly #picture: RunPicture
  readonly #slider: MomentSlider
  readonly #details: Section
  readonly #context: Section
  readonly #timeline: Section
  readonly #json: Section
  readonly #whatIf: WhatIf
  readonly #watch: RunWatch
  #sight: Sight | undefined
  /** The binding that was chosen in the picture; '' follows the run. */
  #chosen = ''
  #isStale = false
  #isLooking = false
  #isOpen = true

  constructor (root: HTMLElement, place: Place, words: Words) {
    const { texts } = words
    this.#root = root
    this.#words = words
    this.#client = new InspectorClient(place, words)
    this.#export = h('a', { href: this.#client.url('export-run/'), download: true, hidden: true }, texts.exportRun)
    this.#picture = new RunPicture(texts, (binding) => {
      this.#chosen = binding === this.#chosen ? '' : binding
      this.#showMoment()
    })
    this.#slider = new MomentSlider(texts, () => {
      this.#chosen = ''
      this.#showMoment()
    })
    this.#details = new Section('details', texts.stop)
    this.#context = new Section('context', texts.context)
    this.#timeline = new Section('timeline', texts.timeline, false)
    this.#json = new Section('body', texts.json, false)
    this.#whatIf = new WhatIf(this.#client, words)
    this.#watch = new RunWatch(this.#client.url('events/'), {
      moved: () => { this.refresh() },
      changed: (liveness) => this.#showLiveness(liveness)
    })
    this.#build(place)
  }

  /** While it is open, redirects wait for a click: the last frame could not be read otherwise. */
  get isOpen (): boolean {
    return this.#isOpen
  }

  /** Shows how the run stands now. What is wished while it is being asked for is asked for once more, afterwards. */
  async refresh (): Promise<void> {
    this.#isStale = true
    if (this.#isLooking) return
    this.#isLooking = true
    while (this.#isStale && this.#isOpen) {
      this.#isStale = false
      this.#take(await this.#client.look())
    }
    this.#isLooking = false
  }

  #showLiveness (liveness: Liveness): void {
    this.#liveness.textContent = this.#words.texts[liveness]
    this.#liveness.dataset['liveness'] = liveness
  }

  #build ({ slug }: Place): void {
    const { texts } = this.#words
    const isAlone = this.#root.matches('main')
    const flowUrl = `/if/flow/${encodeURIComponent(slug)}/`
    const whatIf = new Section('what-if-section', texts.whatIf, false)
    whatIf.show(this.#whatIf.element)
    const close = button(texts.close, () => {
      this.#watch.close()
      this.#isOpen = false
      this.#root.hidden = true
    }, 'plain')
    this.#content.append(
      h('div', { class: 'way' }, this.#slider.element, this.#picture.element),
      h('div', { class: 'facts' },
        this.#details.element, this.#context.element, this.#timeline.element, whatIf.element, this.#json.element))
    this.#root.replaceChildren(
      h('header', {},
        h('h2', {}, texts.inspector, ' ', h('span', { class: 'slug' }, slug)), this.#liveness,
        isAlone
          ? h('a', { href: flowUrl, target: '_blank', rel: 'noopener' }, texts.openFlow)
          : h('a', { href: `/if/inspector/${encodeURIComponent(slug)}/`, target: '_blank', rel: 'noopener' }, texts.ownWindow),
        this.#export,
        isAlone ? null : close),
      this.#state, this.#content)
  }

  #take (look: Look<Sight>): void {
    if ('seen' in look) {
      this.#sight = look.seen
      this.#watch.connect()
      this.#show(look.seen)
    } else {
      this.#sight = undefined
      this.#content.hidden = true
      this.#export.hidden = true
      this.#state.textContent = 'missing' in look ? this.#words.texts.noRun : look.error
    }
  }

  #show ({ body, explanation, picture }: Sight): void {
    const { texts } = this.#words
    this.#state.textContent = this.#stateLine(this.#sight)
    this.#content.hidden = false
    this.#export.hidden = !flagOf(objectOf(explanation, 'run'), 'recorded')
    this.#picture.draw(picture)
    this.#slider.take(momentsOf(body ?? {}, explanation))
    this.#timeline.show(timeline(explanation, this.#words))
    this.#json.element.hidden = body === undefined
    if (body !== undefined) this.#json.show(jsonView(body, texts.json, texts))
    this.#whatIf.offer(explanation)
    this.#showMoment()
  }

  #stateLine (sight: Sight | undefined): string {
    const { texts, say } = this.#words
    if (sight === undefined) return ''
    const { explanation } = sight
    const planning = objectOf(explanation, 'planning')
    const ending = objectOf(objectOf(explanation, 'run'), 'ending')
    if (textOf(planning, 'outcome') !== 'planned') return planningReason(planningFacts(explanation), this.#words)
    if (textOf(ending, 'kind') === 'denied') return fill(texts.wasDenied, { reason: say(textOf(ending, 'message')) })
    return textOf(ending, 'kind') === '' ? fill(texts.running, { count: objectsOf(explanation, 'frames').length }) : texts.completed
  }

  #showMoment (): void {
    const { moment } = this.#slider
    if (moment === undefined || this.#sight === undefined) return
    const { texts } = this.#words
    this.#picture.show(moment, this.#chosen)
    this.#details.show(this.#detailsAt(this.#sight, moment))
    const { changes } = moment
    this.#context.show(
      h('p', { class: 'hint' }, changes.length === 0 ? texts.noChanges : fill(texts.changes, { count: changes.length })),
      contextTree(moment.context, changes, texts))
  }

  /** Of the chosen binding, else of the one that the run is at; where it is at none, of the flow itself. */
  #detailsAt ({ explanation }: Sight, { at, states }: Moment): HTMLElement {
    const pk = this.#chosen === '' ? at : this.#chosen
    const binding = objectsOf(explanation, 'bindings').find((item) => textOf(item, 'pk') === pk)
    if (binding !== undefined) return bindingDetails(binding, explanation, states.get(pk) ?? '', this.#words)
    const planning = objectOf(explanation, 'planning')
    return h('div', {}, h('p', { class: 'reason' }, planningReason(planningFacts(explanation), this.#words)), policyList(planning, this.#words))
  }
}
