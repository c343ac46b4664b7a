/** A QR code as rows of characters. */
import { renderUnicodeCompact } from 'uqr'

/** White on black whatever the colours of the terminal are, unless colours are off. */
export function qrCode(text: string, color: boolean): string {
  const rows = renderUnicodeCompact(text, { border: 2 }).split('\n')
  return rows.map((row) => (color ? `\x1b[97;40m${row}\x1b[0m` : row)).join('\n')
}
