/** Too few descriptors, a full disk, a broken database: what still works, and what the peer says. */
import {
  closeSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Actor, LONG, TEST, numbered } from './faults-support.ts'
import { tracker } from './programs.ts'
import { mount } from '../support/files.ts'

describe('64 descriptors and 200 clients', TEST, () => {
  test('do not stop two peers from talking, nor the history', async () => {
    const { port } = await tracker()
    const alice = await Actor.cast('alice', { tracker: port })
    const bob = await Actor.cast('bob', { tracker: port, under: ['prlimit', '--nofile=64:64'] })
    alice.start()
    bob.start()
    await Promise.all([alice.meets('bob'), bob.meets('alice')])
    alice.type('before')
    await bob.shows(1)

    const clients = Array.from({ length: 200 }, () => halfARequest(bob.port))
    const lines = numbered('line', 50)
    alice.sayAll(lines)
    await bob.shows(51)
    bob.type('I hear you')
    await alice.shows(1)
    for (const client of clients) client.destroy()
    await expect
      .poll(() => bob.history().catch(() => []), { timeout: LONG, interval: 100 })
      .toEqual(['before', ...lines, 'I hear you'])
    await bob.kill()
    bob.start()
    await bob.meets('alice')
    await bob.tells(['before', ...lines, 'I hear you'])
  })
})

describe('a full disk', TEST, () => {
  test('refuses with 507 what it cannot keep, keeps running, and recovers by itself', async ({ skip }) => {
    const disk = mount('512k') ?? skip('only root may mount a small disk')
    const alice = await Actor.cast('alice')
    const bob = await Actor.cast('bob', {
      data: join(disk, 'bob'),
      flags: ['--peer', `127.0.0.1:${alice.port}`],
    })
    alice.start()
    await alice.listens()
    bob.start()
    await Promise.all([alice.meets('bob'), bob.meets('alice')])
    const kept: string[] = []
    for (const text of numbered('before', 5)) {
      expect(await send(bob, text)).toBe(200)
      kept.push(text)
    }

    const ballast = join(disk, 'ballast')
    fill(ballast)
    let refused: string | undefined
    for (const text of numbered('while full', 500)) {
      const status = await send(bob, `${text} ${'x'.repeat(1_000)}`)
      expect([200, 507]).toContain(status)
      if (status === 200) kept.push(text)
      else refused = text
      if (refused !== undefined) break
    }
    expect(refused).toBeDefined()
    bob.type('said while full')
    await alice.shows(1)
    alice.type('heard when there is space')
    await alice.hasSaid(1)
    expect((await bob.history()).map(short)).toEqual(expect.arrayContaining(kept))
    expect(bob.isUp).toBe(true)

    rmSync(ballast)
    await expect
      .poll(() => send(bob, `${refused ?? ''} ${'x'.repeat(1_000)}`), { timeout: LONG, interval: 200 })
      .toBe(200)
    kept.push(refused ?? '')
    await alice.isRid(1)
    await bob.kill()
    bob.start()
    await bob.meets('alice')
    const history = async (): Promise<string[]> => (await bob.history()).map(short).sort()
    const all = [...kept, 'said while full', 'heard when there is space'].sort()
    await expect.poll(history, { timeout: LONG, interval: 100 }).toEqual(all)
  })
})

describe('a database that cannot be used', TEST, () => {
  test.each<[what: string, spoil: (file: string) => void]>([
    [
      'cut in half',
      (file) => {
        truncateSync(file, Math.floor(statSync(file).size / 2))
      },
    ],
    [
      'cut in the middle of its header',
      (file) => {
        truncateSync(file, 60)
      },
    ],
    [
      'replaced by text',
      (file) => {
        writeFileSync(file, 'Dear diary, '.repeat(1_000))
      },
    ],
    [
      'of another program',
      (file) => {
        foreignDatabase(file)
      },
    ],
  ])('%s: the peer says so, exits 1, and leaves the file unchanged', async (_what, spoil) => {
    const bob = await Actor.cast('bob')
    bob.start()
    await talks(bob)
    bob.signal('SIGTERM')
    await bob.ended()
    const file = join(bob.data, 'parley.db')
    spoil(file)
    const before = readFileSync(file)
    bob.start()
    const { end, errors } = await bob.ended()
    expect(end).toBe(1)
    expect(errors).toMatch(/^parley: [^\n]+\n$/)
    expect(errors).toContain(file)
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  test('a profile in use by another process: the second peer says so and exits 1, the first keeps running', async () => {
    const bob = await Actor.cast('bob')
    const second = await Actor.cast('bob', { data: bob.data })
    bob.start()
    await talks(bob)
    second.start()
    const { end, errors } = await second.ended()
    expect(end).toBe(1)
    expect(errors).toMatch(/^parley: [^\n]+\n$/)
    expect(errors).toContain(bob.data)
    expect(await send(bob, 'still there?')).toBe(200)
    expect(await bob.history()).toContain('still there?')
  })
})

/** Waits until the peer listens, and has it keep 20 messages. */
async function talks(peer: Actor): Promise<void> {
  await peer.listens()
  for (const text of numbered('kept', 20)) expect(await send(peer, text.padEnd(1_000))).toBe(200)
}

/** Posts a message of a sender that is not there; resolves to the status. The id of the message is its text. */
async function send({ port }: Actor, text: string): Promise<number> {
  const from = { ip: '127.0.0.1', port: 9, name: 'carol' }
  const body = JSON.stringify({
    id: short(text),
    from,
    channel: 'general',
    message: text,
    ts: Date.now() / 1000,
  })
  const headers = { 'Content-Type': 'application/json' }
  const answer = await fetch(`http://127.0.0.1:${port}/p2p/receive`, { method: 'POST', headers, body })
  await answer.arrayBuffer()
  return answer.status
}

/** Without its padding. */
function short(text: string): string {
  return text.replace(/\s*(?:x+|a+)?$/, '')
}

/** A client that begins a request and never ends it. */
function halfARequest(port: number): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write('POST /p2p/receive HTTP/1.1\r\nHost: x\r\n')
  onTestFinished(() => {
    socket.destroy()
  })
  return socket
}

/** Writes to a file until not one more byte fits. */
function fill(file: string): void {
  const descriptor = openSync(file, 'w')
  try {
    for (const size of [65_536, 4_096, 1]) {
      const bytes = Buffer.alloc(size)
      for (;;) {
        try {
          writeSync(descriptor, bytes)
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'ENOSPC') break
          throw error
        }
      }
    }
  } finally {
    closeSync(descriptor)
  }
}

/** An SQLite database that is not Parley's. */
function foreignDatabase(file: string): void {
  rmSync(file)
  const database = new DatabaseSync(file)
  database.exec("CREATE TABLE diary (day TEXT, entry TEXT); INSERT INTO diary VALUES ('Monday', 'rain')")
  database.close()
}
