/**
 * How long it takes until two peers on one LAN know each other: from the moment when the later of them was started
 * to the moment when both have the other in their list. No tracker.
 *
 *   npm run bench:discovery -- [--peers 3] [--rounds 20] [--interface lo]
 *
 * On one machine and its loopback; with `--within "ip netns exec h{}"` each peer in a network namespace of its own
 * ({} is its number), as scripts/lab.sh makes them. Exit 1 when somebody was not found within 10 s.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { parseArgs } from 'node:util'
import { percentile } from './bench/statistics.ts'

const { values } = parseArgs({
  options: {
    peers: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '20' },
    interface: { type: 'string', multiple: true, default: ['lo'] },
    within: { type: 'string' },
  },
})
const MOST_WAITING = 10_000

interface Told {
  readonly name: string
  /** `start`, or who was met. */
  readonly what: string
  /** Nanoseconds. */
  readonly at: string
}

const names = Array.from({ length: Number(values.peers) }, (_, index) => `peer${index + 1}`)
const times: number[] = []
for (let round = 0; round < Number(values.rounds); round++) times.push(...(await meet()))
const sorted = times.sort((a, b) => a - b)
console.log(
  `${names.length} peers, ${values.rounds} rounds, ${sorted.length} pairs, ${values.within ?? 'one machine, loopback'}`,
)
for (const share of [0.5, 0.9, 0.99, 1])
  console.log(`  p${String(share * 100).padEnd(4)} ${percentile(sorted, share).toFixed(1).padStart(8)} ms`)

/** Milliseconds until each pair knew each other. */
async function meet(): Promise<number[]> {
  const told = new Map<string, bigint>()
  const children: ChildProcess[] = []
  const complete = new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => {
      reject(new Error(`not found within ${MOST_WAITING} ms: ${missing(told).join(', ')}`))
    }, MOST_WAITING)
    names.forEach((name, index) => {
      const child = startPeer(name, index + 1)
      children.push(child)
      child.on('message', (message: Told) => {
        const key = `${message.name} ${message.what}`
        if (!told.has(key)) told.set(key, BigInt(message.at))
        if (missing(told).length > 0) return
        clearTimeout(late)
        resolve()
      })
    })
  })
  try {
    await complete
  } finally {
    await Promise.all(children.map(end))
  }
  return pairs().map(([a, b]) => {
    const at = (key: string): number => Number(told.get(key) ?? 0n) / 1e6
    return Math.max(at(`${a} ${b}`), at(`${b} ${a}`)) - Math.max(at(`${a} start`), at(`${b} start`))
  })
}

function startPeer(name: string, number: number): ChildProcess {
  const file = new URL('bench/discovery-child.ts', import.meta.url).pathname
  const interfaces = values.within === undefined ? values.interface : []
  const peer = [process.execPath, '--import', 'tsx', file, name, '50999', '9002', ...interfaces]
  const [command = '', ...args] = [
    ...(values.within?.replace('{}', String(number)).split(' ') ?? []),
    ...peer,
  ]
  return spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => {
      resolve()
    })
    child.disconnect()
  })
}

function pairs(): (readonly [string, string])[] {
  return names.flatMap((a, index) => names.slice(index + 1).map((b) => [a, b] as const))
}

function missing(told: ReadonlyMap<string, bigint>): string[] {
  return names.flatMap((name) =>
    names
      .filter((other) => other !== name && !told.has(`${name} ${other}`))
      .map((other) => `${name} ${other}`),
  )
}
