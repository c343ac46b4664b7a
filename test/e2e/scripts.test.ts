/** The commands for scripts against running peers: send, tail, peers, and --exec. */
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/files.ts'
import { Program, heardFrom, peerFlags, tracker } from './programs.ts'
import { freePort } from '../support/ports.ts'

/** The peers and scripts of one test, on a machine with a tracker. */
async function machine() {
  const data = temporaryDirectory()
  const env = { XDG_DATA_HOME: data }
  const { port } = await tracker()
  /** A peer between pipes, with a port for scripts. */
  const peer = async (name: string, ...more: string[]): Promise<Program> => {
    const web = ['--web-port', String(await freePort())]
    const program = new Program([...(await peerFlags(name, port)), ...web, ...more], env)
    await program.prints('registered with the tracker')
    return program
  }
  const run = (...args: string[]): Program => new Program(args, env)
  return { data, port, peer, run }
}

/** Matches a text that contains `part`. */
function containing(text: string): unknown {
  return expect.stringContaining(text)
}

async function ended(program: Program): Promise<{ status: number | string; out: string; err: string }> {
  const status = await program.ends()
  return { status, out: program.out, err: program.err }
}

test('without a running peer, tail and peers say what to start', async () => {
  const env = { XDG_DATA_HOME: temporaryDirectory() }
  for (const command of ['tail', 'peers']) {
    const { status, err, out } = await ended(new Program([command], env))
    expect({ status, out }).toEqual({ status: 1, out: '' })
    expect(err).toMatch(/^parley: no peer runs on this machine; start one with "parley"/)
  }
})

test('with several running peers --name must select one; peers lists the people', async () => {
  const { peer, run } = await machine()
  await peer('alice')
  const bob = await peer('bob')
  await bob.prints(/alice is here|alice joined/)
  const [which, one, none, plain, json] = [
    run('peers'),
    run('peers', '--name', 'bob'),
    run('peers', '--name', 'zoe'),
    run('peers', '--name', 'bob', '--plain'),
    run('peers', '--name', 'bob', '--json'),
  ]
  expect(await ended(which)).toEqual({
    status: 2,
    out: '',
    err: 'parley: 2 peers run on this machine (alice, bob); say which one with --name\n',
  })
  expect((await ended(one)).out).toMatch(
    /^NAME +KEY +ADDRESS +KNOWN BY +CHANNELS +STATUS\nalice +[a-z0-9]{4}-[a-z0-9]{4} +127\.0\.0\.1:\d+ +.*tracker.* +#general\n$/,
  )
  expect(await ended(none)).toMatchObject({
    status: 1,
    err: containing('there are: alice, bob'),
  })
  const [id, name, sources, channels] = (await ended(plain)).out.split('\t')
  expect({ name, channels }).toEqual({ name: 'alice', channels: 'general' })
  expect(sources?.split(',')).toContain('tracker')
  expect(JSON.parse((await ended(json)).out)).toMatchObject({ id, name: 'alice', channels: ['general'] })
})

describe('send', () => {
  test('goes through the running peer: to a channel, to a person, from standard input', async () => {
    const { peer, run } = await machine()
    await peer('alice')
    const bob = await peer('bob')
    await bob.prints(/alice is here|alice joined/)
    const say = async (...args: string[]) => ended(run('send', ...args, '--name', 'alice'))
    expect(await say('#general', 'hello', 'bob')).toEqual({ status: 0, out: '', err: '' })
    expect(await say('bob', 'psst')).toEqual({ status: 0, out: '', err: '' })
    const piped = run('send', '#general', '--name', 'alice')
    piped.type('one\ntwo\n')
    piped.endInput()
    expect(await ended(piped)).toEqual({ status: 0, out: '', err: '' })
    const told = JSON.parse((await say('@BOB', 'again', '--json')).out) as unknown
    expect(told).toMatchObject({ to: '@BOB', recipients: 1, delivered: 1, waiting: [], failed: [] })
    expect(heardFrom('alice', bob)).toEqual(['hello bob', 'psst', 'one', 'again'])
    expect(bob.out).toContain('<alice> one\n      two\n')
  })

  test('exits 3 and names the recipient that did not get it', async () => {
    const { peer, run } = await machine()
    await peer('alice')
    const bob = await peer('bob')
    await bob.prints(/alice is here|alice joined/)
    const say = async (...args: string[]) =>
      ended(run('send', ...args, '--name', 'alice', '--timeout', '0.3'))
    expect(await say('zoe', 'x')).toMatchObject({
      status: 3,
      err: containing('nobody here is called zoe'),
    })
    expect(await say('#empty', 'x')).toMatchObject({
      status: 3,
      err: containing('no one else was in #empty'),
    })
    bob.signal('SIGSTOP')
    expect(await say('bob', 'x')).toMatchObject({
      status: 3,
      err: 'parley: not delivered to bob within 0.3 s; it waits with alice, and gets there when they are back\n',
    })
    bob.signal('SIGCONT')
    await bob.prints('<alice> x\n')
  })

  test('starts a peer of its own when none runs', async () => {
    const { peer, run, port } = await machine()
    const bob = await peer('bob')
    const own = ['--name', 'cron', '--ip', '127.0.0.1', '--no-lan', '--tracker-port', String(port)]
    const made = run('peer', ...own)
    made.endInput()
    await made.ends()
    expect(await ended(run('send', '#general', 'backup done', ...own))).toEqual({
      status: 0,
      out: '',
      err: '',
    })
    expect(await ended(run('send', '@bob', 'psst', ...own))).toEqual({ status: 0, out: '', err: '' })
    expect(heardFrom('cron', bob)).toEqual(['backup done', 'psst'])
    const late = await ended(run('send', 'zoe', 'x', ...own, '--timeout', '0.3'))
    expect(late).toMatchObject({ status: 3, err: containing('nobody here is called zoe') })
  })

  test.each([
    ['no recipient', [], "quote channels, '#' begins a comment"],
    ['an invalid channel', ['#a b', 'x'], 'letters, digits'],
    ['an empty recipient', ['@', 'x'], 'name a recipient'],
    ['no text', ['bob', ''], 'must not be empty'],
    ['a text over the limit', ['bob', 'x'.repeat(4097)], 'at most 4096 characters'],
  ])('a mistake exits 2: %s', async (_name, args, hint) => {
    const { status, err } = await ended(new Program(['send', ...args]))
    expect(err).toContain(hint)
    expect(err).not.toMatch(/\n\s+at /)
    expect(status).toBe(2)
  })
})

describe('tail', () => {
  test('prints messages as lines and as JSON, and ends silently when its output is closed', async () => {
    const { peer, run } = await machine()
    const alice = await peer('alice')
    const bob = await peer('bob')
    await bob.prints(/alice is here|alice joined/)
    bob.type('before\n')
    await alice.prints('<bob> before')
    const lines = run('tail', '#general', '--last', '5', '--name', 'alice')
    const json = run('tail', '--json', '--name', 'alice')
    const closed = run('tail', '--last', '1', '--name', 'alice')
    await lines.prints('#general <bob> before\n')
    await closed.prints('<bob> before\n')
    // Nothing shows that it has started.
    await expect
      .poll(async () => {
        bob.type('are you there?\n')
        await new Promise((resolve) => setTimeout(resolve, 100))
        return json.out
      })
      .toContain('are you there?')
    closed.closeOutput()
    bob.type('a\x1b[2Jb\n')
    bob.type('/msg alice psst\n')
    await lines.prints('#general <bob> a␛[2Jb\n')
    await json.prints('psst')
    const said = json.lines.map((line) => JSON.parse(line) as { text: string; conversation: string })
    expect(said.find(({ text }) => text === 'a\x1b[2Jb')?.conversation).toBe('general')
    expect(said.at(-1)?.conversation).toMatch(/^@[\w-]{43}$/)
    expect(lines.out).not.toContain('psst')
    expect(await ended(closed)).toMatchObject({ status: 0, err: '' })
    lines.signal('SIGINT')
    json.signal('SIGTERM')
    expect(await ended(lines)).toMatchObject({ status: 130, err: '' })
    expect(await ended(json)).toMatchObject({ status: 0, err: '' })
  })

  test('follows a peer that is killed and restarted: no message is lost or repeated', async () => {
    const { peer, run } = await machine()
    const bob = await peer('bob')
    const alice = await peer('alice')
    await bob.prints(/alice joined|alice is here/)
    const tail = run('tail', '#general', '--last', '1', '--name', 'alice')
    alice.type('from alice\n')
    await expect.poll(() => tail.out).toContain('from alice')
    bob.type('one\n')
    await tail.prints('<bob> one\n')
    alice.signal('SIGKILL')
    await alice.ends()
    bob.type('two\n')
    await expect.poll(() => tail.err).toContain('the connection to alice is lost')
    const again = await peer('alice')
    await again.prints('<bob> two\n')
    bob.type('three\n')
    await tail.prints('<bob> three\n')
    expect(heardFrom('bob', tail)).toEqual(['one', 'two', 'three'])
    expect(tail.err).toContain('alice is back')
  }, 60_000)
})

test('--exec runs a command for each message, and the command answers through the same peer', async () => {
  const { peer, run } = await machine()
  const parley = `"${process.execPath}" dist/cli/main.js`
  const answer = `test "$PARLEY_TEXT" != ping || ${parley} send "$PARLEY_CHANNEL" "pong for $PARLEY_FROM"`
  const bot = await peer('bot', '--exec', answer)
  const bob = await peer('bob')
  await bob.prints(/bot is here|bot joined/)
  bob.type('ping\n')
  bob.type('/msg bot ping\n')
  await bob.prints(/\(direct\) <bot> pong for bob\n/)
  expect(heardFrom('bot', bob)).toEqual(['pong for bob', 'pong for bob'])
  const failing = run('tail', '--name', 'bob', '--last', '1', '--exec', 'echo "got $PARLEY_TEXT"; exit 3')
  await failing.prints('pong for bob')
  bot.type('last words\n')
  await failing.prints('got last words\n')
  await expect.poll(() => failing.err).toContain('it ended with status 3, for a message of bot')
}, 60_000)
