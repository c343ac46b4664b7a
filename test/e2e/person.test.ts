/** A person of this machine: a directory with a key, found by the present name. With real processes. */
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { KeyPair } from '../../src/identity/key-pair.ts'
import { shortId } from '../../src/identity/short-id.ts'
import { temporaryDirectory } from '../support/files.ts'
import { freePort } from '../support/ports.ts'
import { Program } from './programs.ts'

/** A peer that starts fast and finds nobody. */
const ALONE = ['peer', '--ip', '127.0.0.1', '--no-tracker', '--no-lan']

interface Person {
  readonly name: string
  /** As the greeting has it. */
  readonly id: string
  readonly program: Program
}

/** The data home of a test: the environment for it, and the directory of the people. */
function home() {
  const data = temporaryDirectory()
  return { env: { XDG_DATA_HOME: data }, people: join(data, 'parley') }
}

async function start(env: Record<string, string>, ...flags: string[]): Promise<Person> {
  const program = new Program([...ALONE, ...flags], env)
  const [, name = '', id = ''] = await program.prints(/^-- you are (.+) \((\w{4}-\w{4})\) at 127\.0\.0\.1:/m)
  return { name, id, program }
}

/** Types lines, and waits until the peer has ended. Returns its status. */
function ends({ program }: Person, ...lines: string[]) {
  program.type([...lines, '/quit', ''].join('\n'))
  return program.ends()
}

/** Starts and ends. */
async function run(env: Record<string, string>, flags: string[], ...lines: string[]) {
  const person = await start(env, ...flags)
  expect(await ends(person, ...lines)).toBe(0)
  return { name: person.name, id: person.id, out: person.program.out, err: person.program.err }
}

async function refused(env: Record<string, string>, ...flags: string[]): Promise<string> {
  const program = new Program([...ALONE, ...flags], env)
  program.endInput()
  expect(await program.ends()).toBe(1)
  expect(program.out).toBe('')
  return program.err
}

test('a restart is the same person, whose short id is that of the key on disk', async () => {
  const { env, people } = home()
  const first = await run(env, ['--name', 'alice'])
  expect((await run(env, ['--name', 'alice'])).id).toBe(first.id)
  expect((await run(env, ['--name', 'bob'])).id).not.toBe(first.id)
  const [, seed = ''] = readFileSync(join(people, 'alice', 'key'), 'utf8')
    .trim()
    .split(' ')
  expect(first.id).toBe(shortId(new KeyPair(Buffer.from(seed, 'base64url')).id))
})

test('/nick lasts: the new name is that person, the old one is a new person', async () => {
  const { env } = home()
  const alice = await run(env, ['--name', 'alice'])
  const bob = await start(env, '--name', 'bob', '--timeout', '0')
  // A line that is refused makes the status of a pipe 1.
  expect(await ends(bob, 'said by bob', '/nick robert', '/nick alice')).toBe(1)
  expect(bob.program.err).toContain('alice is another person of this machine')
  const robert = await run(env, ['--name', 'robert'], '/history')
  expect(robert).toMatchObject({ id: bob.id, name: 'robert' })
  expect(robert.out).toContain('said by bob')
  const other = await run(env, ['--name', 'bob'])
  expect([alice.id, bob.id]).not.toContain(other.id)
  expect(other.err).toContain(
    '-- bob is a new person here: the one who had this name is robert now, and starts with --name robert',
  )
  expect((await run(env, ['--name', 'bob'])).err).not.toContain('a new person')
})

test('/nick lasts without a name, too, and the greeting says so', async () => {
  const { env } = home()
  const first = await run(env, [], '/nick robert')
  const second = await run(env, [])
  expect(second).toMatchObject({ id: first.id, name: 'robert' })
  expect(second.err).toMatch(/^-- you are robert \(\S+\) at \S+: the name that you chose last$/m)
})

test('peers finds a running peer by its present name', async () => {
  const { env } = home()
  const ports = [await freePort(), await freePort()].map(String)
  const [alice, bob] = await Promise.all([
    start(env, '--name', 'alice', '--web-port', ports[0] ?? ''),
    start(env, '--name', 'bob', '--web-port', ports[1] ?? ''),
  ])
  bob.program.type('/nick robert\n')
  await bob.program.prints('-- you are now robert')
  const peersOf = async (name: string) => {
    const program = new Program(['peers', '--name', name], env)
    const status = await program.ends()
    return { status, err: program.err }
  }
  expect(await peersOf('robert')).toMatchObject({ status: 0 })
  const { status, err } = await peersOf('bob')
  expect(status).toBe(1)
  expect(err).toContain('no peer called bob runs on this machine; there are: alice, robert')
  await ends(alice)
  await ends(bob)
})

test('--name renames the person of a directory that was named, for good', async () => {
  const { env } = home()
  const data = temporaryDirectory()
  const first = await run(env, ['--data', data, '--name', 'kim'])
  expect(await run(env, ['--data', data, '--name', 'bob'])).toMatchObject({ id: first.id, name: 'bob' })
  expect(await run(env, ['--data', data])).toMatchObject({ id: first.id, name: 'bob' })
})

describe('a start is refused with a sentence that names the file, and the file stays as it is', () => {
  test('without the key, with another one, and with one that cannot be read', async () => {
    const { env, people } = home()
    const alice = await run(env, ['--name', 'alice'])
    await run(env, ['--name', 'bob'])
    const key = join(people, 'alice', 'key')
    const away = join(people, 'alice-key')
    renameSync(key, away)
    expect(await refused(env, '--name', 'alice')).toMatch(new RegExp(`^parley: ${key} is missing: .*backup`))
    expect(existsSync(key)).toBe(false)

    cpSync(join(people, 'bob', 'key'), key)
    const copied = readFileSync(key)
    expect(await refused(env, '--name', 'alice')).toContain(`${key} is not the key that belongs to the data`)
    expect(readFileSync(key)).toEqual(copied)

    writeFileSync(key, 'no key')
    expect(await refused(env, '--name', 'alice')).toContain(`${key} is not a key of a peer`)
    expect(readFileSync(key, 'utf8')).toBe('no key')

    rmSync(key)
    mkdirSync(key)
    expect(await refused(env, '--name', 'alice')).toContain(`${key} cannot be read (EISDIR)`)

    rmSync(key, { recursive: true })
    renameSync(away, key)
    expect((await run(env, ['--name', 'alice'])).id).toBe(alice.id)
  })
})

test('of several first starts in one directory at the same moment one runs, and the key is one', async () => {
  const { env } = home()
  const data = join(temporaryDirectory(), 'new')
  const programs = Array.from({ length: 3 }, () => new Program([...ALONE, '--data', data], env))
  for (const program of programs) await program.prints(/^-- you are|^parley: .*in use by another Parley/m)
  const running = programs.filter(({ err }) => err.includes('-- you are'))
  expect(running.length).toBeGreaterThan(0)
  for (const program of running) program.endInput()
  for (const program of programs) await program.ends()
  const ids = running.map(({ err }) => /^-- you are .+ \((\S+)\) at/m.exec(err)?.[1])
  expect(new Set(ids)).toEqual(new Set([(await run(env, ['--data', data])).id]))
})

describe('a tracker', () => {
  const listening = /tracker listening on \S+ \((\w{4}-\w{4})(, in this run only)?\); Ctrl-C ends it/
  const startTracker = async (env: Record<string, string>, ...flags: string[]) => {
    const program = new Program(['tracker', '--port', String(await freePort()), ...flags], env)
    const [, id, note = ''] = await program.prints(listening)
    program.signal('SIGTERM')
    await program.ends()
    return { id, note }
  }

  test('has the same key at each start, in its directory', async () => {
    const { env, people } = home()
    const first = await startTracker(env)
    expect(await startTracker(env)).toEqual(first)
    expect(first.note).toBe('')
    expect(existsSync(join(people, '.tracker', 'tracker-key'))).toBe(true)
    expect((await startTracker(env, '--data', temporaryDirectory())).id).not.toBe(first.id)
  })

  test('says that its key is of this run', async () => {
    const { env, people } = home()
    expect((await startTracker(env, '--ephemeral')).note).toBe(', in this run only')
    expect(existsSync(people)).toBe(false)
  })
})
