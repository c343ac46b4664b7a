/**
 * Requests per second at the receive endpoint: src/http beside node:http doing the same work, the raw floor, and
 * the floor with JSON but no checks (`bare`), alternating in one run. The server is pinned to one core, the load
 * (wrk) to another. Each cell begins with a warm-up that is not counted.
 *
 *   npm run bench:http -- [--seconds 2] [--rounds 3]
 *
 * Needs wrk and taskset (Debian: apt-get install wrk util-linux).
 */
import { execFile, fork, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { median } from './bench/statistics.ts'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '2' }, rounds: { type: 'string', default: '3' } },
})
/** In seconds: until the compiler has seen enough of each make. */
const WARM_UP = '2'
const SYSTEMS = ['floor', 'bare', 'parley', 'node'] as const
type System = (typeof SYSTEMS)[number]
/** Connections, and requests that each sends at once. */
const LOADS = [
  [1, 1],
  [32, 1],
  [256, 1],
  [32, 16],
] as const

if (spawnSync('wrk', ['-v']).error !== undefined) {
  console.error('wrk is not installed (Debian: apt-get install wrk)')
  process.exit(2)
}
const folder = mkdtempSync(join(tmpdir(), 'bench-http-'))
console.log(
  `POST /p2p/receive, a chat message of 300 B in, JSON out; ${values.seconds} s a cell, median of ${values.rounds} rounds`,
)
console.log(
  `${cpus()[0]?.model ?? 'unknown CPU'} x ${cpus().length}, Node ${process.version}; server on core 0, wrk on core 1\n`,
)
console.log(
  'connections  pipelined     floor/s      bare/s    parley/s      node/s   parley:floor   parley:bare   parley:node',
)
for (const [connections, pipelined] of LOADS) {
  const perSecond: Record<System, number[]> = { floor: [], bare: [], parley: [], node: [] }
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const system of SYSTEMS) perSecond[system].push(await measure(system, connections, pipelined))
  }
  const ratio = (to: System): string =>
    median(perSecond.parley.map((value, round) => value / (perSecond[to][round] ?? NaN))).toFixed(2)
  const cells = SYSTEMS.map((system) => median(perSecond[system]).toFixed(0).padStart(11)).join(' ')
  console.log(
    `${String(connections).padStart(11)} ${String(pipelined).padStart(10)} ${cells} ${ratio('floor').padStart(14)} ${ratio('bare').padStart(13)} ${ratio('node').padStart(13)}`,
  )
}
rmSync(folder, { recursive: true })

async function measure(system: System, connections: number, pipelined: number): Promise<number> {
  const child = fork(new URL('bench/http-child.ts', import.meta.url), [system, String(pipelined)], {
    execArgv: ['--import', 'tsx'],
  })
  const port = await portOf(child)
  spawnSync('taskset', ['-apc', '0', String(child.pid)])
  const script = join(folder, `${pipelined}.lua`)
  writeFileSync(script, luaScript(pipelined))
  const load = (seconds: string): Promise<{ stdout: string }> =>
    promisify(execFile)('taskset', [
      ...['-c', '1', 'wrk', '-t1', `-c${connections}`, `-d${seconds}s`],
      ...['-s', script, `http://127.0.0.1:${port}/p2p/receive`],
    ])
  await load(WARM_UP)
  const { stdout } = await load(values.seconds)
  child.disconnect()
  if (stdout.includes('Non-2xx')) throw new Error(`${system} refused requests:\n${stdout}`)
  return Number(/Requests\/sec:\s+([0-9.]+)/.exec(stdout)?.[1] ?? NaN)
}

function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('message', (message: { port: number }) => {
      resolve(message.port)
    })
    child.once('exit', (code) => {
      reject(new Error(`a server of the benchmark ended with ${code ?? 'a signal'}`))
    })
  })
}

function luaScript(pipelined: number): string {
  const message = {
    id: 'c0ffee-1',
    from: { ip: '127.0.0.1', port: 8000, name: 'alice' },
    channel: 'general',
    message: 'x'.repeat(180),
    ts: 1795310377.4,
  }
  return `
wrk.method = 'POST'
wrk.headers['Content-Type'] = 'application/json'
wrk.body = '${JSON.stringify(message)}'
local burst
function init() burst = string.rep(wrk.format(), ${pipelined}) end
function request() return burst end
`
}
