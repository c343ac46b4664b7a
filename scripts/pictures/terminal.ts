/**
 * Draws docs/terminal.svg: a real tracker and two real peers in two pseudo-terminals, their screens as a picture.
 *
 *   npm run picture
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import pty, { type IPty } from '@lydell/node-pty'
import xterm from '@xterm/headless'
import { systemClock } from '../../src/cli/system/clock.ts'
import { Tracker } from '../../src/tracker/tracker.ts'

const COLUMNS = 62
const ROWS = 16
const CELL = { width: 8.4, height: 18 }
const GAP = 24
const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

class Window {
  readonly #screen = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true })
  readonly #process: IPty

  constructor(args: readonly string[]) {
    const env = { ...process.env, TERM: 'xterm-256color', NO_COLOR: '' }
    this.#process = pty.spawn(process.execPath, [MAIN, ...args], { cols: COLUMNS, rows: ROWS, env })
    this.#process.onData((data) => {
      this.#screen.write(data)
    })
  }

  async type(text: string): Promise<void> {
    for (const character of text) {
      this.#process.write(character)
      await pause(15)
    }
    await pause(400)
  }

  close(): void {
    this.#process.kill()
  }

  draw(left: number, title: string): string {
    const width = COLUMNS * CELL.width + 24
    const height = ROWS * CELL.height + 44
    const rows = Array.from({ length: ROWS }, (_, row) => this.#row(row, left + 12, 48 + row * CELL.height))
    return [
      `<rect x="${left}" y="0" width="${width}" height="${height}" rx="8" fill="#1b1f27"/>`,
      `<text x="${left + 12}" y="20" fill="#8b93a5">${title}</text>`,
      ...rows,
    ].join('\n')
  }

  /** One line of text; neighbouring cells of one colour are one piece. */
  #row(row: number, x: number, y: number): string {
    const line = this.#screen.buffer.active.getLine(row)
    let pieces = ''
    for (let column = 0; column < COLUMNS;) {
      const begin = column
      const colour = colourOf(line?.getCell(column))
      let text = ''
      while (column < COLUMNS && colourOf(line?.getCell(column)) === colour) {
        const characters = line?.getCell(column++)?.getChars() ?? ''
        text += characters === '' ? ' ' : characters
      }
      if (text.trim() !== '')
        pieces += `<tspan x="${(x + begin * CELL.width).toFixed(1)}" fill="${colour}">${escape(text)}</tspan>`
    }
    return `<text y="${y}" xml:space="preserve">${pieces}</text>`
  }
}

type Cell = NonNullable<ReturnType<NonNullable<ReturnType<xterm.IBuffer['getLine']>>['getCell']>>

function colourOf(cell: Cell | undefined): string {
  if (cell?.isDim()) return '#7d8596'
  if (!cell?.isFgPalette()) return '#d7dce5'
  return PALETTE[cell.getFgColor()] ?? '#9ecbff'
}

/** The names' colours as most terminals show them on a dark ground. */
const PALETTE: Readonly<Record<number, string>> = {
  25: '#5aa0d8',
  28: '#4fb04f',
  31: '#3fa7c4',
  61: '#8f8fe0',
  64: '#86ab3c',
  91: '#b06fe0',
  94: '#b8904a',
  97: '#a98bd0',
  125: '#d05a95',
  130: '#cf8136',
  133: '#c277c2',
  166: '#e07b3c',
  167: '#d96c6c',
  172: '#dba13a',
  29: '#3fae86',
  68: '#6f9be0',
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

const tracker = await Tracker.start({ host: '127.0.0.1', port: 9001, clock: systemClock })
const peer = ['peer', '--ip', '127.0.0.1', '--tracker-port', '9001']
const alice = new Window([...peer, '--port', '8000', '--name', 'alice'])
await pause(700)
const bob = new Window([...peer, '--port', '8001', '--name', 'bob'])
await pause(900)
await alice.type('Hello!\r')
await bob.type('hi alice, is the printer on your floor working?\r')
await alice.type('it is. come over, I keep it warm for you\r')
await bob.type('/me takes the stairs\r')
await alice.type('#lunch\r')
await bob.type('#lunch\r')
await bob.type('who is in at noon?\r')
await alice.type('me, and I know a pl')

const width = 2 * (COLUMNS * CELL.width + 24) + GAP
const height = ROWS * CELL.height + 44
const right = COLUMNS * CELL.width + 24 + GAP
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
${alice.draw(0, 'parley peer --name alice')}
${bob.draw(right, 'parley peer --name bob')}
</svg>
`
writeFileSync(fileURLToPath(new URL('../../docs/terminal.svg', import.meta.url)), svg)
alice.close()
bob.close()
await tracker.close()
process.exit()
