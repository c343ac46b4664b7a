/** A person moves to another machine and back, with real processes. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/files.ts'
import { heardFrom, peer, peerFlags, Program, tracker } from './programs.ts'
import { Window } from './window.ts'

/** Runs `parley identity`, with the passphrase from a pipe. */
async function identity(env: Record<string, string>, ...args: string[]): Promise<Program> {
  const program = new Program(['identity', ...args], env)
  program.type('correct horse\n')
  program.endInput()
  await program.ends()
  return program
}

test('history, key and what waits move there and back; each message arrives once', async () => {
  const { port } = await tracker()
  const [one, other] = [{ XDG_DATA_HOME: temporaryDirectory() }, { XDG_DATA_HOME: temporaryDirectory() }]
  const bobsData = ['--data', join(temporaryDirectory(), 'bob')]
  const files = temporaryDirectory()
  const start = async (env: Record<string, string>): Promise<Program> => {
    const program = new Program(await peerFlags('alice', port), env)
    await program.prints('registered with the tracker')
    return program
  }
  const quit = async (program: Program, ...lines: string[]): Promise<void> => {
    program.type([...lines, '/quit', ''].join('\n'))
    await program.ends()
  }

  const bob = await peer('bob', port, ...bobsData)
  const alice = await start(one)
  await alice.prints('bob is here')
  alice.type('/msg bob at home\n')
  await bob.prints('at home')
  await quit(bob)
  await alice.prints('bob left')
  await quit(alice, '/msg bob waits at home')
  const shown = await identity(one, 'show')
  const [, id = ''] = /^alice \((.+)\)$/m.exec(shown.out) ?? []

  const file = join(files, 'alice.parley')
  expect((await identity(one, 'export', file)).out).toContain(`alice (${id}) is in ${file}`)
  const refused = new Program(await peerFlags('alice', port), one)
  expect(await refused.ends()).toBe(1)
  expect(refused.err).toContain('must not run in two places')
  expect((await identity(other, 'import', file)).out).toContain(`alice (${id}) is in `)

  const moved = await start(other)
  await moved.prints('you are alice')
  expect(moved.out + moved.err).toContain(`(${id})`)
  const again = await peer('bob', port, ...bobsData)
  await again.prints('waits at home')
  moved.type('/msg bob from there\n')
  await again.prints('from there')
  await quit(moved)

  const back = join(files, 'back.parley')
  await identity(other, 'export', back)
  await identity(one, 'import', back)
  const home = await start(one)
  await home.prints('bob is here')
  home.type('/msg bob home again\n')
  await again.prints('home again')
  home.type('/search home\n')
  await home.prints(/3 messages with all of: home/)
  expect(heardFrom('alice', again).filter((text) => text.includes('waits at home'))).toHaveLength(1)
})

test('a passphrase that is typed is not shown, and a new one is asked for twice', async () => {
  const file = join(temporaryDirectory(), 'alice.parley')
  const opened = new Window(['identity', 'import', file])
  await opened.shows('Passphrase:')
  opened.type('secret wordz\x7fs\r')
  await opened.shows('cannot be read')
  expect(opened.text).not.toContain('secret')
  const made = new Window(['identity', 'export', file, '--data', temporaryDirectory()])
  await made.shows('Passphrase:')
  made.type('secret words\r')
  await made.shows('The same again:')
  made.type('other words\r')
  await made.shows('the two passphrases differ: nothing was done')
  expect(made.text).not.toContain('words')
})

test('parley identity undo-move: the file is lost, and the person goes on where it was', async () => {
  const { port } = await tracker()
  const home = { XDG_DATA_HOME: temporaryDirectory() }
  const start = async (): Promise<Program> => new Program(await peerFlags('alice', port), home)
  const alice = await start()
  await alice.prints('registered with the tracker')
  alice.type('before the move\n/quit\n')
  await alice.ends()
  const early = await identity(home, 'undo-move')
  expect(early.err).toContain('was not moved')
  await identity(home, 'export', join(temporaryDirectory(), 'lost.parley'))
  expect(await (await start()).ends()).toBe(1)
  expect((await identity(home, 'undo-move')).out).toContain('alice starts here again')
  const again = await start()
  again.type('/search move\n')
  await again.prints(/1 message with all of: move/)
})

test('parley identity succeed: another key, and a contact goes on with the same person', async () => {
  const { port } = await tracker()
  const home = { XDG_DATA_HOME: temporaryDirectory() }
  const bob = await peer('bob', port, '--data', join(temporaryDirectory(), 'bob'))
  const alice = new Program(await peerFlags('alice', port), home)
  await alice.prints('bob is here')
  alice.type('/msg bob the first key\n')
  await bob.prints('the first key')
  const tooEarly = await identity(home, 'succeed')
  expect(tooEarly.err).toContain(
    'alice runs now: end that program first (/quit in its chat), then once more: parley identity succeed --name alice',
  )
  const moved = await identity(home, 'export', join(temporaryDirectory(), 'alice.parley'))
  expect(moved.err).toMatch(/alice runs now: .*: parley identity export \S+alice\.parley --name alice/)
  alice.type('/quit\n')
  await alice.ends()
  await bob.prints('alice left')
  bob.type('/msg alice for whichever key\n')

  const { out } = await identity(home, 'succeed')
  const [, now = '', old = ''] = /^alice has the key (\S+) now instead of (\S+)\.$/m.exec(out) ?? []
  expect(now).not.toBe(old)
  const again = new Program(await peerFlags('alice', port), home)
  await bob.prints(`WARNING: alice has the key ${now} now; the old one, ${old}, says so`)
  await again.prints('for whichever key')
  bob.type('/contacts\n')
  await bob.prints(new RegExp(`people with keys that you met: 1\n {4}alice {2}${now} {2}here`))
})
