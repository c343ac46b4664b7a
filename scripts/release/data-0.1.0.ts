/**
 * Makes test/fixtures/data-0.1.0/parley.db by running version 0.1.0: what a peer keeps after two channels, direct
 * messages, people met, a message that still waits for its recipient, and marks of reading. Its status and its picture
 * are not kept by that version.
 *
 *   npx tsx scripts/release/data-0.1.0.ts
 *
 * All of it on 127.0.0.1. The file is made once and committed: later versions must read it as it is.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ChildProgram } from '../../src/cli/system/child-program.ts'
import { freePort } from '../../src/cli/system/free-port.ts'
import { ROOT } from '../package/archive.ts'
import { release010 } from './build.ts'

/** One pixel, as PNG. */
const PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const main = await release010()
const folder = mkdtempSync(join(tmpdir(), 'parley-data-'))
const programs: ChildProgram[] = []
const trackerPort = await freePort()

try {
  const tracker = parley('tracker', '--ip', '127.0.0.1', '--port', String(trackerPort))
  await tracker.prints(/tracker listening/)
  const alice = await peer('alice', '--web-port', String(await freePort()))
  const bob = await peer('bob')
  const carol = await peer('carol')
  // The first channel that is joined takes the place of the one that every peer begins with.
  for (const channel of ['#ops', '#general'])
    for (const each of [alice, bob, carol]) {
      each.enter(`/join ${channel}`)
      await each.prints(new RegExp(`you are in ${channel}`))
    }
  await alice.prints(/(?:carol joined #general[^]*){2}/)

  alice.enter('#general Good morning')
  await bob.prints(/<alice> Good morning/)
  bob.enter('#general Good morning, Alice ☕')
  await alice.prints(/<bob> Good morning, Alice/)
  carol.enter('#ops The backup is done')
  await alice.prints(/<carol> The backup is done/)
  for (const line of ['#ops', '/me looks at the logs']) alice.enter(line)
  await bob.prints(/alice looks at the logs/)
  alice.enter('/msg bob Do you have a minute?')
  await bob.prints(/Do you have a minute/)
  bob.enter('/msg alice Two, even')
  await alice.prints(/Two, even/)

  const [, origin = '', token = ''] = await alice.prints(/^(http:\/\/127\.0\.0\.1:\d+)\/chat#token=(\S+)$/m)
  const api = async (method: string, path: string, body?: object): Promise<unknown> => {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) }
    const answer = await fetch(`${origin}${path}`, init)
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`)
    return await answer.json()
  }
  await api('POST', '/api/profile', { status: 'in the office', picture: PICTURE })
  const { directs } = (await api('GET', '/api/state')) as { directs: readonly string[] }
  for (const conversation of ['general', ...directs])
    await api('PUT', '/api/read', { conversation, upTo: Date.now() })

  // This message stays in the outbox.
  carol.signal('SIGKILL')
  await carol.ends()
  alice.enter('/msg carol Call me when you are back')
  while (((await api('GET', '/api/state')) as { outbox: { waiting: number } }).outbox.waiting === 0)
    await sleep(50)
  await ended(alice)

  const target = join(ROOT, 'test', 'fixtures', 'data-0.1.0')
  mkdirSync(target, { recursive: true })
  cpSync(join(folder, 'alice', 'parley.db'), join(target, 'parley.db'))
  console.log(target)
} finally {
  for (const program of programs) program.signal('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}

async function peer(name: string, ...more: string[]): Promise<ChildProgram> {
  const at = ['--ip', '127.0.0.1', '--port', String(await freePort()), '--no-lan']
  const tracker = ['--tracker-ip', '127.0.0.1', '--tracker-port', String(trackerPort)]
  const started = parley('peer', '--name', name, ...at, ...tracker, '--data', join(folder, name), ...more)
  await started.prints(/registered with the tracker/)
  return started
}

async function ended(program: ChildProgram): Promise<void> {
  program.signal('SIGINT')
  await program.ends()
}

function parley(...args: string[]): ChildProgram {
  const env = { PATH: process.env['PATH'], HOME: folder, PARLEY_INTERFACE: 'lo' }
  const program = new ChildProgram(process.execPath, [main, ...args], { env, cwd: folder })
  programs.push(program)
  return program
}
