/**
 * A CPU profile (`node --cpu-prof`) as a flame graph: time goes to the right, who was called stands on who called it, and
 * the same stack of calls is drawn once, however often it came. Pure.
 *
 * Format of the profile: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile
 */
import { escaped } from './svg.ts'

export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  /** Ids of nodes, one for each moment. */
  readonly samples: readonly number[]
  /** Microseconds before each of them. */
  readonly timeDeltas: readonly number[]
}

interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  readonly children?: readonly number[]
}

/** A function on top of a stack of others: how long it ran there, with all that it called, in microseconds. */
export interface Frame {
  readonly name: string
  readonly place: string
  total: number
  readonly called: Map<string, Frame>
}

const WIDTH = 1_200
const ROW = 17
/** Narrower frames, in pixels, are left out. */
const NARROWEST = 0.5
const CHARACTER = 6.6
/** What is no work. */
const NOTHING = new Set(['(idle)', '(root)'])

/** The calls of a profile, without the time when nothing was done. */
export function framesOf({ nodes, samples, timeDeltas }: CpuProfile): Frame {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const callerOf = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])))
  const root: Frame = { name: 'all', place: '', total: 0, called: new Map() }
  samples.forEach((id, index) => {
    const stack: ProfileNode[] = []
    for (let node = byId.get(id); node !== undefined; node = byId.get(callerOf.get(node.id) ?? NaN))
      if (!NOTHING.has(node.callFrame.functionName)) stack.unshift(node)
    if (stack.length > 0) add(root, stack, timeDeltas[index] ?? 0)
  })
  return root
}

function add(root: Frame, stack: readonly ProfileNode[], micros: number): void {
  root.total += micros
  let below = root
  for (const { callFrame } of stack) {
    const name = callFrame.functionName === '' ? '(anonymous)' : callFrame.functionName
    const place = placeOf(callFrame)
    const key = `${name} ${place}`
    const frame = below.called.get(key) ?? { name, place, total: 0, called: new Map<string, Frame>() }
    below.called.set(key, frame)
    frame.total += micros
    below = frame
  }
}

/** `peer/store-turn.js:85`, `node:net:710`; nothing for what is inside of the engine. */
function placeOf({ url, lineNumber }: ProfileNode['callFrame']): string {
  if (url === '') return ''
  return `${url.startsWith('node:') ? url : url.split('/').slice(-2).join('/')}:${lineNumber + 1}`
}

export function flameSvg(root: Frame, title: string): string {
  const scale = root.total === 0 ? 0 : WIDTH / root.total
  const height = (depthOf(root, scale) + 2) * ROW
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="11">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="4" y="13">${escaped(title)}: ${(root.total / 1e6).toFixed(1)} s of work</text>`,
    ...rectangles(root, 0, 0, height, scale),
    '</svg>\n',
  ].join('\n')
}

/** Rows that are wide enough to be seen. */
function depthOf({ total, called }: Frame, scale: number): number {
  if (total * scale < NARROWEST) return 0
  return 1 + Math.max(0, ...[...called.values()].map((frame) => depthOf(frame, scale)))
}

function rectangles(frame: Frame, start: number, depth: number, height: number, scale: number): string[] {
  const { name, place, total, called } = frame
  const width = total * scale
  if (width < NARROWEST) return []
  const y = height - (depth + 1) * ROW
  const label = width > 3 * CHARACTER ? name.slice(0, Math.floor(width / CHARACTER)) : ''
  const x = start * scale
  const own = [
    `<g><title>${escaped(`${name} ${place}`.trim())}, ${(total / 1e3).toFixed(1)} ms</title>`,
    `<rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 1}" fill="${colour(place)}"/>`,
    label === '' ? '</g>' : `<text x="${(x + 2).toFixed(1)}" y="${y + 12}">${escaped(label)}</text></g>`,
  ].join('')
  let at = start
  const above = [...called.values()].sort((one, other) => other.total - one.total)
  return [
    own,
    ...above.flatMap((callee) => {
      const drawn = rectangles(callee, at, depth + 1, height, scale)
      at += callee.total
      return drawn
    }),
  ]
}

/** Ours, Node's, packages', the engine's. */
function colour(place: string): string {
  if (place === '') return '#d9d9d9'
  if (place.startsWith('node:')) return '#b7d7f0'
  return /^(?:http|peer|chat|tracker|udp|cli|metrics|bench|scripts)\//.test(place) ? '#f6b26b' : '#c6e0b4'
}
