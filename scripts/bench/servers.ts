/** Servers of others, as yardsticks: started on a free port of loopback, without a disk, and ended by their pid. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../free-port.ts'

export type ServerName = 'mosquitto' | 'nats-server' | 'redis-server'

export interface RunningServer {
  readonly port: number
  /** What it says of itself. */
  readonly version: string
  stop(): Promise<void>
}

const PATIENCE_MS = 10_000
const running = new Set<ChildProcess>()

const ARGUMENTS: Readonly<Record<ServerName, (port: number, folder: string) => string[]>> = {
  mosquitto: (port, folder) => {
    const file = join(folder, 'mosquitto.conf')
    const lines = ['allow_anonymous true', 'persistence false', 'set_tcp_nodelay true', 'log_type none']
    writeFileSync(file, [`listener ${port} 127.0.0.1`, ...lines, ''].join('\n'))
    return ['-c', file]
  },
  'nats-server': (port) => ['-a', '127.0.0.1', '-p', String(port)],
  'redis-server': (port) => [
    '--bind',
    '127.0.0.1',
    '--port',
    String(port),
    '--save',
    '',
    '--appendonly',
    'no',
  ],
}

/** Undefined when this server is not installed. Rejects when it does not come up. */
export async function startServer(name: ServerName): Promise<RunningServer | undefined> {
  const version = versionOf(name)
  if (version === undefined) return undefined
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'))
  const server = spawn(name, ARGUMENTS[name](port, folder), { stdio: 'ignore', cwd: folder })
  running.add(server)
  const ended = new Promise<void>((resolve) => {
    server.once('exit', () => {
      running.delete(server)
      rmSync(folder, { recursive: true, force: true })
      resolve()
    })
  })
  const stop = (): Promise<void> => {
    server.kill()
    return ended
  }
  await untilOpen(port, server)
  return { port, version, stop }
}

/** `mosquitto version 2.0.11`: its first line that has a number with dots. */
function versionOf(name: ServerName): string | undefined {
  const flag = name === 'mosquitto' ? '-h' : '--version'
  const { stdout, stderr, error } = spawnSync(name, [flag], { encoding: 'utf8' })
  if (error !== undefined) return undefined
  return /\d+\.\d+\.\d+/.exec(stdout + stderr)?.[0] ?? 'of unknown version'
}

async function untilOpen(port: number, server: ChildProcess): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  while (!(await isOpen(port))) {
    if (server.exitCode !== null || performance.now() > deadline)
      throw new Error(`${server.spawnfile} does not come up`)
    await sleep(20)
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => {
      resolve(false)
    })
  })
}

/** None of them outlives the benchmark. */
process.once('exit', () => {
  for (const server of running) server.kill()
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))
