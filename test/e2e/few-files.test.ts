/** A peer that may open few files: it answers every client that connects, and keeps running. */
import { spawn } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { ENV, MAIN } from './programs.ts'
import { freePort } from '../support/ports.ts'

test('64 files and 200 connections: requests are still answered, and with 200 once the connections are gone', async () => {
  const port = await freePort()
  const flags = [
    'web',
    '--name',
    'few',
    '--ip',
    '127.0.0.1',
    '--port',
    String(port),
    '--no-lan',
    '--no-tracker',
  ]
  const more = ['--ephemeral', '--server-port', String(await freePort())]
  const limited = 'ulimit -n 64 && exec "$0" "$@"'
  const child = spawn('sh', ['-c', limited, process.execPath, MAIN, ...flags, ...more], { env: ENV })
  let status: number | undefined
  child.on('close', (code) => (status = code ?? -1))
  onTestFinished(() => void child.kill('SIGKILL'))
  const ask = async (): Promise<number> => {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { headers: { Connection: 'close' } })
    return answer.status
  }
  await expect.poll(() => ask().catch(() => 0)).toBe(200)
  const crowd: Socket[] = Array.from({ length: 200 }, () => connect({ host: '127.0.0.1', port }))
  for (const socket of crowd) socket.on('error', () => undefined)
  onTestFinished(() => {
    for (const socket of crowd) socket.destroy()
  })
  for (let time = 0; time < 5; time++) expect([200, 503]).toContain(await ask())
  for (const socket of crowd) socket.destroy()
  await expect.poll(() => ask().catch(() => 0)).toBe(200)
  expect(status).toBeUndefined()
})
