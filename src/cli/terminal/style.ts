/** Colours, where the reader wants them (no-color.org, force-color.org). A colour never says what no word says. */

export interface Style {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  whiteOnBlack(text: string): string
  /** A colour of its own for each key, the same on every screen. */
  hashed(key: string, text: string): string
}

/** Readable on dark and on light ground: indices of the 256-colour palette. */
const PALETTE = [25, 28, 31, 61, 64, 91, 94, 97, 125, 130, 133, 166, 167, 172, 29, 68]

function sgr(code: string): (text: string) => string {
  return (text) => `\x1b[${code}m${text}\x1b[0m`
}

export const coloured: Style = {
  bold: sgr('1'),
  dim: sgr('2'),
  red: sgr('31'),
  whiteOnBlack: sgr('97;40'),
  hashed: (key, text) => sgr(`38;5;${PALETTE[hash(key) % PALETTE.length] ?? 25}`)(text),
}

const same = (text: string): string => text

export const plain: Style = {
  bold: same,
  dim: same,
  red: same,
  whiteOnBlack: same,
  hashed: (_key, text) => text,
}

export interface ColourWishes {
  readonly NO_COLOR?: string | undefined
  readonly FORCE_COLOR?: string | undefined
  readonly TERM?: string | undefined
}

/** `flag`: --color or --no-color, when given. */
export function styleFor(isTerminal: boolean, env: ColourWishes, flag: boolean): Style {
  const isForced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== ''
  const isUnwanted = !flag || (env.NO_COLOR !== undefined && env.NO_COLOR !== '') || env.TERM === 'dumb'
  return flag && (isForced || (isTerminal && !isUnwanted)) ? coloured : plain
}

/** FNV-1a, 32 bits. */
function hash(key: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < key.length; index++) {
    value = Math.imul(value ^ key.charCodeAt(index), 0x01000193) >>> 0
  }
  return value
}
