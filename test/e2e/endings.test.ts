/** How programs end, and what the other peers see of it. How long an end may take: test/cli/system/signals.test.ts. */
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/files.ts'
import { RawSocket } from '../support/raw-socket.ts'
import { post } from '../support/ask.ts'
import { everybodyListed, heardFrom, listed, peer, peerFlags, Program, tracker } from './programs.ts'
import { Window } from './window.ts'
import { freePort } from '../support/ports.ts'

describe('a signal', () => {
  test.each<[signal: NodeJS.Signals, status: number]>([
    ['SIGINT', 130],
    ['SIGTERM', 0],
    ['SIGHUP', 0],
  ])('%s ends a peer and a tracker with %i, and other peers notice', async (signal, status) => {
    const { program, port, url } = await tracker()
    const alice = await peer('alice', port)
    const bob = await peer('bob', port)
    await everybodyListed(url, ['alice', 'bob'])
    bob.signal(signal)
    expect(await bob.ends()).toBe(status)
    await alice.prints('-- bob left #general\n')
    program.signal(signal)
    expect(await program.ends()).toBe(status)
    for (const { err } of [program, bob]) expect(err).not.toContain('parley:')
  })

  test('ends a peer whose message waits for a peer that hangs', async () => {
    const { port } = await tracker()
    const alice = await peer('alice', port)
    const bob = await peer('bob', port, '--json', '--timeout', '600')
    await bob.prints(/"present".*"alice"/)
    alice.signal('SIGSTOP')
    bob.type('are you there?\n')
    bob.endInput()
    await bob.prints('are you there?')
    bob.signal('SIGTERM')
    expect(await bob.ends()).toBe(0)
    expect(bob.err).toBe('')
  })

  test('ends a peer whose tracker hangs', async () => {
    const { program, port } = await tracker()
    const alice = await peer('alice', port)
    program.signal('SIGSTOP')
    alice.signal('SIGTERM')
    expect(await alice.ends()).toBe(0)
  })

  test('ends a tracker while a request is incomplete', async () => {
    const { program, port } = await tracker()
    await using socket = await RawSocket.connect(port)
    await socket.send('POST /submit-info HTTP/1.1\r\nHost: x\r\n')
    await listed(`http://127.0.0.1:${port}`)
    program.signal('SIGTERM')
    expect(await program.ends()).toBe(0)
  })
})

/** Runs a program in a window, closes the window once it shows this and `ready` resolves, and waits for its end. */
async function inWindow(args: readonly string[], shows: RegExp, ready?: Promise<unknown>) {
  const window = new Window(args)
  await window.shows(shows)
  await ready
  window.close()
  return window.ends()
}

/** The shell and the terminal both send SIGHUP: the second may hit a process that has said goodbye and is exiting. */
const IN_ORDER = [
  { exitCode: 0, signal: 0 },
  { exitCode: 0, signal: 1 },
]

describe('closing the window', () => {
  test('ends a peer with a goodbye and without a crash; likewise a tracker and parley lan', async () => {
    const { port, url } = await tracker()
    const bob = await peer('bob', port)
    const flags = await peerFlags('alice', port)
    const joined = bob.prints('-- alice joined #general')
    expect(IN_ORDER).toContainEqual(await inWindow(flags, /registered with the tracker/, joined))
    await bob.prints('-- alice left #general\n')
    await everybodyListed(url, ['bob'])
    const own = ['tracker', '--ip', '127.0.0.1', '--port', String(await freePort())]
    expect(IN_ORDER).toContainEqual(await inWindow(own, /tracker listening/))
    const lan = ['lan', '--name', 'lena', '--verbose']
    expect(IN_ORDER).toContainEqual(await inWindow(lan, /Command/))
  })
})

describe('output that is closed, as behind `| head -1`', () => {
  test('ends a tracker silently at its next line', async () => {
    const { program, port } = await tracker()
    program.closeOutput()
    const body = { ip: '127.0.0.1', port: 8001, name: 'alice', channels: ['general'] }
    // It may end before it has answered.
    await post(port, '/submit-info', body).catch(() => undefined)
    expect(await program.ends()).toBe(0)
    expect(program.err).toBe('')
  })

  test.each([[[]], [['--json']]])('ends a peer silently at its next line: %j', async (flags) => {
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

describe('SIGKILL', () => {
  test('of a peer: the tracker drops it, and other peers notice', async () => {
    const { port, url } = await tracker()
    const bob = await peer('bob', port)
    const alice = await peer('alice', port)
    await everybodyListed(url, ['alice', 'bob'])
    await bob.prints('-- alice joined #general')
    bob.signal('SIGKILL')
    await everybodyListed(url, ['alice'])
    await alice.prints(/-- bob left #general \((?:connection lost|timed out)\)\n/)
  })

  test('of a peer: after a restart it gets the messages sent meanwhile, once', async () => {
    const { port } = await tracker()
    const alice = await peer('alice', port)
    const flags = await peerFlags('bob', port)
    const env = { XDG_DATA_HOME: temporaryDirectory() }
    const bob = new Program(flags, env)
    await alice.prints('-- bob joined #general')
    bob.signal('SIGKILL')
    await bob.ends()
    alice.type('one\n')
    alice.type('two\n')
    const again = new Program(flags, env)
    await again.prints('<alice> two\n')
    expect(heardFrom('alice', again)).toEqual(['one', 'two'])
  })

  test('of the tracker: peers go on talking, and register with a new one', async () => {
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
    await everybodyListed(url, ['alice', 'bob'])
    alice.type('and now?\n')
    await bob.prints('<alice> and now?\n')
    for (const { all } of [alice, bob]) {
      expect(all.match(/the tracker does not answer/g)).toHaveLength(1)
      expect(all).not.toContain(' left ')
    }
  })
})
