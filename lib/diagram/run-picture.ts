import type { BindingExplanation, Explanation, PolicyExplanation } from '../explain/explanation-schema.js'
import { codeText } from '../explain/code-text.js'
import type { ExplainWords } from '../explain/explain-words.js'
import { bindingFacts, planningFacts } from '../explain/facts.js'
import { bindingReason, planningReason } from '../explain/reason.js'
import { fill } from '../fill-text.js'
import { milliseconds } from '../milliseconds.js'
import { stateMark } from './state-mark.js'
import { oneLine, textLines } from './text-lines.js'
import { xmlText } from './xml-text.js'

/** A language as a picture speaks it. */
export interface PictureWords extends ExplainWords {
  /** Its tag, by which numbers are written. */
  readonly language: string
}

/** Width of the picture, the way through it, and the cards beside that, in user units. */
const WIDTH = 384
const RAIL = 20
const CARD = 44
const INSET = 14

/** How far below the top of its part a lamp hangs. */
const LAMP = 33
const TERMINAL = 20

const GATE_HEIGHT = 26
const REASON_HEIGHT = 16

/** Characters that fit, by the widths of common fonts. */
const NAME_WIDTH = 27
const LINE_WIDTH = 50
const GATE_WIDTH = 30

/** A part of the picture: what is drawn from a height on, and how high it is. */
interface Part {
  readonly height: number
  readonly svg: (top: number) => string
}

function text (className: string, x: number, y: number, content: string, more = ''): string {
  return `<text class="${className}" x="${x}" y="${y}"${more}>${xmlText(content)}</text>`
}

/** A stretch of the way; a style sheet lights it by the attribute of its group that the class names. */
function rail (className: 'rail-in' | 'rail-out', from: number, to: number): string {
  return `<line class="${className}" x1="${RAIL}" y1="${from}" x2="${RAIL}" y2="${to}" stroke="currentColor"/>`
}

function gate (policy: Pick<PolicyExplanation, 'name' | 'result' | 'negate' | 'verdicts' | 'enabled'>, words: PictureWords): Part {
  const { name, result, negate, verdicts, enabled } = policy
  const { texts } = words
  const { duration, faulty = false } = verdicts.at(-1) ?? {}
  const time = duration === undefined || result === 'cancelled' ? '' : ` · ${milliseconds(duration, words.language)}`
  // A policy that could not answer is an error, whatever its binding makes of that.
  const said = faulty && result !== 'error' ? `${texts.verdictError} → ${codeText(texts, 'verdict', result)}` : codeText(texts, 'verdict', result)
  const verdict = `${negate ? `${texts.negated} ` : ''}${said}${time}`
  return {
    height: GATE_HEIGHT,
    svg: (top) => {
      const y = top + GATE_HEIGHT / 2
      return `<g class="gate" data-result="${faulty ? 'error' : result}"${enabled ? '' : ' data-disabled="true"'}><title>${xmlText(`${name}: ${verdict}`)}</title>` +
        `<path class="diamond" d="M${RAIL} ${y - 7}l7 7l-7 7l-7 -7z" fill="none" stroke="currentColor"/>` +
        text('policy', CARD, y + 4, oneLine(name, GATE_WIDTH)) +
        text('verdict', WIDTH - INSET, y + 4, verdict, ' text-anchor="end"') + '</g>'
    }
  }
}

function terminal (className: string, name: string, line: string): Part {
  return {
    height: line === '' ? 40 : 52,
    svg: (top) => `<circle class="${className}" cx="${RAIL}" cy="${top + TERMINAL}" r="7" fill="none" stroke="currentColor"/>` +
      text('terminal', CARD, top + TERMINAL + 5, oneLine(name, 40)) + (line === '' ? '' : text('kind', CARD, top + 42, oneLine(line, LINE_WIDTH)))
  }
}

function card ({ order, stage, state, inserted }: BindingExplanation, reason: string, words: PictureWords): Part {
  const lines = state === 'left_out' || state === 'taken_out' || inserted ? textLines(reason, LINE_WIDTH, 3) : []
  const height = 56 + (lines.length === 0 ? 0 : lines.length * REASON_HEIGHT + 4)
  const x = CARD + INSET
  return {
    height: height + 10,
    svg: (top) => `<rect class="card-box" x="${CARD}" y="${top + 5}" width="${WIDTH - CARD - 2}" height="${height}" rx="10" fill="none" stroke="currentColor"/>` +
      `<circle class="lamp" cx="${RAIL}" cy="${top + LAMP}" r="11" fill="none" stroke="currentColor"/>` +
      text('mark', RAIL, top + LAMP + 5, stateMark(state), ' text-anchor="middle" aria-hidden="true"') +
      text('name', x, top + 28, oneLine(stage.name, NAME_WIDTH)) +
      text('state', WIDTH - INSET, top + 28, codeText(words.texts, 'state', state), ' text-anchor="end"') +
      text('kind', x, top + 46, oneLine(`${order} · ${words.say(stage.verboseName)}`, LINE_WIDTH)) +
      lines.map((line, index) => text('reason', x, top + 66 + index * REASON_HEIGHT, line)).join('')
  }
}

function stop (
  binding: BindingExplanation, index: number, { run, planning }: Explanation, lit: number, words: PictureWords
): Part {
  const { stage, state } = binding
  const reason = bindingReason(bindingFacts(binding, planning.outcome, run.ending), words)
  const title = `${stage.name} (${words.say(stage.verboseName)}): ${codeText(words.texts, 'state', state)}. ${reason}`
  const { height, draw } = stack([...binding.policies.map((policy) => gate(policy, words)), card(binding, reason, words)])
  const lamp = binding.policies.length * GATE_HEIGHT + LAMP
  return {
    height,
    svg: (top) => `<g class="stop" data-binding="${xmlText(binding.pk)}" data-state="${binding.state}" data-in="${String(index <= lit)}" ` +
      `data-out="${String(index < lit)}"><title>${xmlText(title)}</title>` +
      `${rail('rail-in', top, top + lamp)}${rail('rail-out', top + lamp, top + height)}${draw(top)}</g>`
  }
}

/** Parts one under the other. */
function stack (parts: readonly Part[]): { readonly height: number, readonly draw: (top: number) => string } {
  const height = parts.reduce((sum, part) => sum + part.height, 0)
  return {
    height,
    draw: (top) => {
      let y = top
      return parts.map((part) => {
        const drawn = part.svg(y)
        y += part.height
        return drawn
      }).join('')
    }
  }
}

/** The way is lit as far as the run has come, past what was left out. */
function litUpTo ({ run, bindings }: Explanation): number {
  return run.ending?.kind === 'redirected'
    ? bindings.length
    : bindings.findLastIndex(({ state }) => state === 'passed' || state === 'current')
}

/** Where the flow begins, with what it requires and the policies that decide whether it applies. */
function start ({ flow, planning }: Explanation, lit: number, words: PictureWords): Part {
  const requirement = codeText(words.texts, 'requirement', planning.requirement)
  const line = planning.requirement === 'none' ? '' : fill(words.texts.requires, { requirement })
  const { height, draw } = stack([terminal('lamp', words.say(flow.name), line), ...planning.policies.map((policy) => gate(policy, words))])
  return {
    height,
    svg: (top) => `<g class="start" data-out="${String(lit >= 0)}">${rail('rail-out', top + TERMINAL, top + height)}${draw(top)}</g>`
  }
}

function endOf ({ run, planning, bindings }: Explanation, words: PictureWords): Part {
  const { ending } = run
  const line = planning.outcome === 'planned'
    ? ending?.to ?? words.say(ending?.message ?? '')
    : planningReason(planningFacts(planning, bindings), words)
  const isLit = ending?.kind === 'redirected'
  const part = terminal(ending?.kind === 'denied' ? 'lamp denied' : 'lamp', words.texts.flowEnd, line)
  return {
    height: part.height,
    svg: (top) => `<g class="end" data-in="${String(isLit)}">${rail('rail-in', top, top + TERMINAL)}${part.svg(top)}</g>`
  }
}

/**
 * Draws a run as SVG: its way from top to bottom, every binding as a stop with kind, name and state, policies as gates before
 * it, and the reason where a stage was left out or taken out. It has classes and data attributes for a style sheet, and no
 * style of its own.
 */
export function runPicture (explanation: Explanation, words: PictureWords): string {
  const { flow, bindings } = explanation
  const lit = litUpTo(explanation)
  const { height, draw } = stack([
    start(explanation, lit, words),
    ...bindings.map((binding, index) => stop(binding, index, explanation, lit, words)),
    endOf(explanation, words)
  ])
  return `<svg xmlns="http://www.w3.org/2000/svg" class="run-picture" viewBox="0 0 ${WIDTH} ${height}" role="group" ` +
    `aria-label="${xmlText(words.say(flow.name))}">${draw(0)}</svg>\n`
}
