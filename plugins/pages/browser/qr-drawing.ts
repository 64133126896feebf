import { svg } from './dom.js'

/** The quiet zone that readers need around a code, in modules. */
const MARGIN = 4

/** Draws a text as a QR code. The encoder is loaded only here: few pages need it. */
export async function drawQrCode (text: string, label: string): Promise<SVGElement> {
  const { correction, generate } = await import('./qr-encoder.js')
  const code = generate(text, { minCorrectionLevel: correction.M })
  const count = code.size
  const path: string[] = []
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < count; column++) {
      if (code.get(column, row)) path.push(`M${column + MARGIN} ${row + MARGIN}h1v1h-1z`)
    }
  }
  const size = count + 2 * MARGIN
  return svg('svg', { viewBox: `0 0 ${size} ${size}`, role: 'img', 'aria-label': label, 'shape-rendering': 'crispEdges' },
    svg('rect', { width: size, height: size, fill: '#fff' }),
    svg('path', { d: path.join(''), fill: '#000' }))
}
