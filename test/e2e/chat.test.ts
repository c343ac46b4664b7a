/** Conversations between real processes: a tracker, and peers whose standard input is a pipe. */
import { describe, expect, test } from 'vitest'
import { everybodyListed, heardFrom, listed, peer, peerFlags, pipe, Program, tracker } from './programs.ts'
import { freePort } from '../support/ports.ts'

describe('the quick start', () => {
  test('Alice and Bob talk both ways; Carol, in another channel, receives none of it', async () => {
    const { program, port, url } = await tracker()
    const alice = await peer('alice', port)
    const bob = await peer('bob', port)
    const carol = await peer('carol', port)
    carol.type('#ops\n')
    await carol.prints('-- you are in #ops')
    await everybodyListed(url, ['alice', 'bob'])

    alice.type('hello Bob\n')
    await bob.prints('#general <alice> hello Bob\n')
    bob.type('hello Alice\n')
    await alice.prints('#general <bob> hello Alice\n')
    bob.type('#ops anybody?\n')
    await carol.prints('#ops <bob> anybody?\n')
    bob.type('/msg alice psst\n')
    await alice.prints('(direct) <bob> psst\n')

    expect(heardFrom('alice', carol)).toEqual([])
    expect(heardFrom('bob', carol)).toEqual(['anybody?'])
    expect(program.out).not.toContain('hello')
    for (const { err } of [program, alice, bob, carol]) expect(err).not.toContain('parley:')
  })

  test('peers and the tracker print who joins and leaves', async () => {
    const { program, port } = await tracker()
    const alice = await peer('alice', port)
    await alice.prints('-- #general: no one else is here yet\n')
    const bob = await peer('bob', port)
    await bob.prints('-- #general: alice is here\n')
    await alice.prints('-- bob joined #general\n')
    bob.type('/quit\n')
    expect(await bob.ends()).toBe(0)
    await alice.prints('-- bob left #general\n')
    await program.prints('bob left #general')
  })
})

describe('lines of a pipe', () => {
  test('are delivered in order, and the peer exits 0', async () => {
    const { port } = await tracker()
    const alice = await peer('alice', port)
    const cron = await pipe('cron', port, 'a\nb\n')
    expect(await cron.ends()).toBe(0)
    await alice.prints('<cron> b\n')
    expect(heardFrom('cron', alice)).toEqual(['a', 'b'])
    expect(cron.out).toBe('')
    expect(cron.err).not.toContain('parley:')
  })

  test('the last line needs no line end, and blank lines are not sent', async () => {
    const { port } = await tracker()
    const alice = await peer('alice', port)
    const cron = await pipe('cron', port, 'a\n\n   \r\nb')
    expect(await cron.ends()).toBe(0)
    await alice.prints('<cron> b\n')
    expect(heardFrom('cron', alice)).toEqual(['a', 'b'])
  })

  test('1000 lines arrive once, in order', async () => {
    const { port } = await tracker()
    const alice = await peer('alice', port)
    const lines = Array.from({ length: 1_000 }, (_, index) => `line ${index}`)
    const cron = await pipe('cron', port, `${lines.join('\n')}\n`)
    expect(await cron.ends()).toBe(0)
    await alice.prints('<cron> line 999\n')
    expect(heardFrom('cron', alice)).toEqual(lines)
  })

  test('without a recipient the peer exits 3 after --timeout and says why', async () => {
    const { port } = await tracker()
    const alone = await pipe('alone', port, 'hello?\nanybody?\n', '--timeout', '0.5')
    expect(await alone.ends()).toBe(3)
    expect(alone.out).toBe('')
    expect(alone.err).toMatch(/\nparley: nobody was there within 0\.5 s for 2 messages; they are kept in /)
  })

  test('without a tracker the peer exits 3', async () => {
    const alone = await pipe('alone', await freePort(), 'hello?\n', '--timeout', '0.5')
    expect(await alone.ends()).toBe(3)
    expect(alone.err).toContain('the tracker does not answer')
  })

  test('empty input: the peer exits 0 and prints nothing', async () => {
    const alone = new Program([
      'peer',
      '--ip',
      '127.0.0.1',
      '--port',
      String(await freePort()),
      '--no-tracker',
      '--no-lan',
      '--quiet',
    ])
    alone.endInput()
    expect(await alone.ends()).toBe(0)
    expect(alone.all).toBe('')
  })

  test('a recipient that hangs: the peer exits 3 after --timeout', async () => {
    const { port } = await tracker()
    const alice = await peer('alice', port)
    alice.signal('SIGSTOP')
    const cron = await pipe('cron', port, 'hello?\n', '--timeout', '0.5')
    expect(await cron.ends()).toBe(3)
    expect(cron.err).toMatch(/\nparley: 1 message was not delivered to alice within 0\.5 s; it waits in /)
  })

  test('to a channel, to one peer, as an action: each line reaches its recipients', async () => {
    const { port, url } = await tracker()
    const alice = await peer('alice', port)
    alice.type('#ops\n')
    await expect.poll(() => listed(url, 'ops')).toEqual(['alice'])
    const cron = await pipe('cron', port, '#ops one\n/msg alice two\n#ops\n/me three\n')
    expect(await cron.ends()).toBe(0)
    await alice.prints('* cron three\n')
    expect(heardFrom('cron', alice)).toEqual(['one', 'two'])
  })

  test('an unknown command is not sent, the other lines are, and the peer exits 1', async () => {
    const { port } = await tracker()
    const alice = await peer('alice', port)
    const cron = await pipe('cron', port, '/jion #ops\nhello\n')
    expect(await cron.ends()).toBe(1)
    expect(cron.err).toContain('-- there is no /jion; did you mean /join?')
    await alice.prints('<cron> hello\n')
    expect(heardFrom('cron', alice)).toEqual(['hello'])
  })

  test('/quit ends the peer once earlier lines are delivered; later lines are not sent', async () => {
    const { port } = await tracker()
    const alice = await peer('alice', port)
    const cron = new Program(await peerFlags('cron', port))
    cron.type('before\n/quit\nafter\n')
    expect(await cron.ends()).toBe(0)
    expect(cron.err).toContain(
      '\nparley: /quit in line 2 ended the chat: at least 1 line after it was not sent\n',
    )
    await alice.prints('-- cron left #general')
    expect(heardFrom('cron', alice)).toEqual(['before'])
  })
})

describe('standard output', () => {
  test('carries new messages and answers to commands; notices and older messages go to standard error', async () => {
    const { port } = await tracker()
    const alice = await peer('alice', port)
    const carol = await peer('carol', port)
    alice.type('old\n')
    await carol.prints('<alice> old\n')
    // Longer than TIMES.newcomer: a peer that comes now catches up, it has not missed the message.
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    const bob = await peer('bob', port)
    await bob.prints(/<alice> old(?: \(relayed\))?\n/)
    alice.type('new\n')
    await bob.prints('<alice> new\n')
    bob.type('/who\n')
    await bob.prints('-- #general: you, ')
    expect(bob.out).toMatch(/^[0-9:]{5} #general <alice> new\n-- #general: you, .*\n$/)
    expect(bob.err).toContain('-- registered with the tracker\n')
  })

  test('--quiet leaves only messages and problems; an empty input ends with a hint', async () => {
    const { port } = await tracker()
    const quiet = await pipe('quiet', port, '/jion\n', '--quiet')
    expect(await quiet.ends()).toBe(1)
    expect(quiet.all).toMatch(/^-- there is no \/jion;.*\n$/)
    const empty = await pipe('empty', port, '')
    expect(await empty.ends()).toBe(0)
    expect(empty.err).toContain(
      '\nparley: standard input is at its end, so this chat is over; "parley web" runs without a terminal\n',
    )
  })
})

describe('--json', () => {
  test('every line of standard output is an event', async () => {
    const { port } = await tracker()
    const alice = await peer('alice', port, '--json')
    const bob = await peer('bob', port)
    bob.type('hello\x1b[2J "quoted"\n')
    await alice.prints('quoted')
    alice.type('hello bob\n')
    await bob.prints('<alice> hello bob\n')
    alice.type('/list\n')
    alice.endInput()
    expect(await alice.ends()).toBe(0)
    expect(alice.err).toContain('-- people: 1')

    const events = alice.lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    const kinds = events.map(({ kind }) => kind)
    expect(kinds).toEqual(['tracker', 'tracker', 'present', 'joined', 'message', 'message', 'receipt'])
    expect(events[4]).toMatchObject({
      own: false,
      message: { from: { name: 'bob' }, channel: 'general', text: 'hello\x1b[2J "quoted"' },
    })
    expect(events[5]).toMatchObject({ own: true, message: { text: 'hello bob' } })
    expect(events[6]).toMatchObject({ receipt: { recipients: 1, delivered: 1, failed: [], queued: [] } })
  })
})
