/** Servers of others, as yardsticks: on a free port of loopback, without a disk, ended with the benchmark. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../../src/cli/system/free-port.ts'
import { ChildProgram } from '../../../src/cli/system/child-program.ts'
import type { Bench } from './scenario.ts'

export type ServerName = 'mosquitto' | 'nats-server' | 'redis-server'

export interface RunningServer {
  readonly port: number
  readonly version: string
}

const PATIENCE_MS = 10_000

const ARGUMENTS: Readonly<Record<ServerName, (port: number, folder: string) => string[]>> = {
  mosquitto: (port, folder) => {
    const file = join(folder, 'mosquitto.conf')
    const lines = ['allow_anonymous true', 'persistence false', 'set_tcp_nodelay true', 'log_type none']
    writeFileSync(file, [`listener ${port} 127.0.0.1`, ...lines, ''].join('\n'))
    return ['-c', file]
  },
  'nats-server': (port) => ['-a', '127.0.0.1', '-p', `${port}`],
  'redis-server': (port) => `--bind 127.0.0.1 --port ${port} --appendonly no --save`.split(' ').concat(''),
}

/** Undefined when this server is not installed. Rejects when it does not come up. */
export async function startServer(
  bench: Bench<string, string, string>,
  name: ServerName,
): Promise<RunningServer | undefined> {
  const version = versionOf(name)
  if (version === undefined) return undefined
  const [port, cwd] = [await freePort(), bench.folder()]
  const server = new ChildProgram(name, ARGUMENTS[name](port, cwd), { name, cwd })
  bench.onEnd(async () => {
    server.signal('SIGTERM')
    await server.ended
  })
  const deadline = performance.now() + PATIENCE_MS
  while (!(await isOpen(port))) {
    if (server.end !== undefined || performance.now() > deadline)
      throw new Error(`${name} does not come up:\n${server.all}`)
    await sleep(20)
  }
  return { port, version }
}

/** `mosquitto version 2.0.11`: the first number with dots. */
function versionOf(name: ServerName): string | undefined {
  const flag = name === 'mosquitto' ? '-h' : '--version'
  const { stdout, stderr, error } = spawnSync(name, [flag], { encoding: 'utf8' })
  if (error !== undefined) return undefined
  return /\d+\.\d+\.\d+/.exec(stdout + stderr)?.[0] ?? 'of unknown version'
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
