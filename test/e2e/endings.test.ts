/** How programs end, and what becomes of the others. */
import { connect } from 'node:net'
import { spawn } from '@lydell/node-pty'
import { describe, expect, onTestFinished, test } from 'vitest'
import { post } from '../support/ask.ts'
import {
  ENV,
  MAIN,
  everybodyListed,
  heardFrom,
  listed,
  peer,
  peerFlags,
  Program,
  tracker,
} from './programs.ts'
import { freePort } from '../support/ports.ts'

/** What is promised of an orderly end, in milliseconds. */
const ORDERLY = 5_000

describe('a signal', () => {
  test.each<[signal: NodeJS.Signals, status: number]>([
    ['SIGINT', 130],
    ['SIGTERM', 0],
    ['SIGHUP', 0],
  ])('%s ends a peer and a tracker with %i, and others hear of it at once', async (signal, status) => {
    const { program, port, url } = await tracker()
    const alice = await peer('alice', port)
    const bob = await peer('bob', port)
    await everybodyListed(url, ['alice', 'bob'])
    bob.signal(signal)
    expect(await bob.ends(ORDERLY)).toBe(status)
    await alice.prints('-- bob left #general\n')
    program.signal(signal)
    expect(await program.ends(ORDERLY)).toBe(status)
    for (const { err } of [program, bob]) expect(err).not.toContain('parley:')
  })

  test('ends a peer whose message waits for somebody who does not answer', async () => {
    const { port } = await tracker()
    const alice = await peer('alice', port)
    const bob = await peer('bob', port, '--json', '--timeout', '600')
    await bob.prints(/"present".*"alice"/)
    alice.signal('SIGSTOP')
    bob.type('are you there?\n')
    bob.endInput()
    await bob.prints('are you there?')
    bob.signal('SIGTERM')
    expect(await bob.ends(ORDERLY)).toBe(0)
    expect(bob.err).toBe('')
  })

  test('ends a peer whose tracker hangs', async () => {
    const { program, port } = await tracker()
    const alice = await peer('alice', port)
    program.signal('SIGSTOP')
    alice.signal('SIGTERM')
    expect(await alice.ends(ORDERLY)).toBe(0)
  })

  test('ends a tracker in the middle of a request that never ends', async () => {
    const { program, port } = await tracker()
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    onTestFinished(() => {
      socket.destroy()
    })
    await new Promise((resolve) => socket.write('POST /submit-info HTTP/1.1\r\nHost: x\r\n', resolve))
    await listed(`http://127.0.0.1:${port}`)
    program.signal('SIGTERM')
    expect(await program.ends(ORDERLY)).toBe(0)
  })
})

/** A program in a window of its own; resolves, when the window was closed, to how it ended. */
async function inWindow(args: readonly string[], shows: RegExp, close: () => Promise<void>) {
  const pty = spawn(process.execPath, [MAIN, ...args], {
    env: { ...ENV, TERM: 'xterm', PARLEY_EPHEMERAL: '1' },
  })
  let screen = ''
  let end: { readonly exitCode: number; readonly signal?: number } | undefined
  pty.onData((data) => (screen += data))
  pty.onExit((ended) => (end = ended))
  onTestFinished(() => {
    if (end === undefined) process.kill(pty.pid, 'SIGKILL')
  })
  await expect.poll(() => screen).toMatch(shows)
  await close()
  // The master's side is closed: reading and writing fail with EIO from now on, and SIGHUP comes.
  ;(pty as unknown as { destroy(): void }).destroy()
  await expect.poll(() => end).toBeDefined()
  return end
}

/** The shell and the terminal both send SIGHUP: a second one may meet a process that has said goodbye and is ending. */
const IN_ORDER = [
  { exitCode: 0, signal: 0 },
  { exitCode: 0, signal: 1 },
]

describe('its window is closed', () => {
  test('a peer says goodbye and ends without a crash; so do a tracker and parley lan', async () => {
    const { port, url } = await tracker()
    const bob = await peer('bob', port)
    const flags = await peerFlags('alice', port)
    const joined = async (): Promise<void> => {
      await bob.prints('-- alice joined #general')
    }
    expect(IN_ORDER).toContainEqual(await inWindow(flags, /registered with the tracker/, joined))
    await bob.prints('-- alice left #general\n')
    await everybodyListed(url, ['bob'])
    const own = ['tracker', '--ip', '127.0.0.1', '--port', String(await freePort())]
    const nothing = (): Promise<void> => Promise.resolve()
    expect(IN_ORDER).toContainEqual(await inWindow(own, /tracker listening/, nothing))
    const lan = ['lan', '--name', 'lena', '--verbose']
    expect(IN_ORDER).toContainEqual(await inWindow(lan, /Command/, nothing))
  })
})

describe('nobody reads what it prints, as behind `| head -1`', () => {
  test('a tracker ends quietly with the next line', async () => {
    const { program, port } = await tracker()
    program.closeOutput()
    const body = { ip: '127.0.0.1', port: 8001, name: 'alice', channels: ['general'] }
    // It may end before it has answered.
    await post(port, '/submit-info', body).catch(() => undefined)
    expect(await program.ends()).toBe(0)
    expect(program.err).toBe('')
  })

  test.each([[[]], [['--json']]])('a peer ends quietly with the next line: %j', async (flags) => {
    const { port } = await tracker()
    const alice = await peer('alice', port, ...flags)
    alice.closeOutput()
    const bob = await peer('bob', port)
    await bob.prints('alice is here')
    bob.type('hello\n')
    expect(await alice.ends()).toBe(0)
    expect(alice.err).not.toContain('parley:')
  })
})

describe('killed', () => {
  test('a peer: the tracker lists it no more within 30 seconds, and others hear of it', async () => {
    const { port, url } = await tracker()
    const bob = await peer('bob', port)
    const alice = await peer('alice', port)
    await everybodyListed(url, ['alice', 'bob'])
    await bob.prints('-- alice joined #general')
    bob.signal('SIGKILL')
    await everybodyListed(url, ['alice'], 30_000)
    await alice.prints(/-- bob left #general \((?:connection lost|timed out)\)\n/)
  }, 60_000)

  test('a peer that is back gets what was said to it meanwhile, once', async () => {
    const { port } = await tracker()
    const alice = await peer('alice', port)
    const flags = await peerFlags('bob', port)
    const bob = new Program(flags)
    await alice.prints('-- bob joined #general')
    bob.signal('SIGKILL')
    await bob.ends()
    alice.type('one\n')
    alice.type('two\n')
    const again = new Program(flags)
    await again.prints('<alice> two\n')
    expect(heardFrom('alice', again)).toEqual(['one', 'two'])
  })

  test('the tracker: the talk goes on, and a new one has everybody back within 12 seconds', async () => {
    const { program, port, url } = await tracker()
    const alice = await peer('alice', port)
    const bob = await peer('bob', port)
    await everybodyListed(url, ['alice', 'bob'])
    await alice.prints('-- bob joined #general')
    await bob.prints('alice is here')
    program.signal('SIGKILL')
    await alice.prints('the tracker does not answer')
    await bob.prints('the tracker does not answer')
    alice.type('still here?\n')
    await bob.prints('<alice> still here?\n')
    bob.type('yes\n')
    await alice.prints('<bob> yes\n')

    await tracker(port)
    await everybodyListed(url, ['alice', 'bob'], 12_000)
    alice.type('and now?\n')
    await bob.prints('<alice> and now?\n')
    for (const { all } of [alice, bob]) {
      expect(all.match(/the tracker does not answer/g)).toHaveLength(1)
      expect(all).not.toContain(' left ')
    }
  })
})
