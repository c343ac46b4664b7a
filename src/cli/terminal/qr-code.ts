/** A QR code made of half blocks. */
import { renderUnicodeCompact } from 'uqr'
import type { Style } from './style.ts'

/** White on black whatever the colours of the terminal are, unless colours are off. */
export function qrCode(text: string, style: Style): string {
  const rows = renderUnicodeCompact(text, { border: 2 }).split('\n')
  return rows.map((row) => style.whiteOnBlack(row)).join('\n')
}
