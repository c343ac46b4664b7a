/**
 * People of 0.1.0 who update: what they said is there, and what waits reaches its recipient once and in order, whichever
 * side has the new version.
 */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { textOf } from '../../src/chat/content.ts'
import { missingHistory, release010 } from '../../scripts/release/build.ts'
import { temporaryDirectory } from '../support/files.ts'
import { freePort } from '../support/ports.ts'
import { everything, opened } from '../store/support.ts'
import { MAIN, Program, tracker } from './programs.ts'

const HISTORY = 300
const WAITING = 40

const reason = await missingHistory()
const texts = Array.from({ length: WAITING }, (_, index) => `waiting ${index + 1}`)

/** A person with a data directory and a port, whatever version it runs. */
class Person {
  readonly name: string
  readonly data: string
  readonly #port: number
  readonly #tracker: number

  constructor(name: string, data: string, port: number, trackerPort: number) {
    this.name = name
    this.data = data
    this.#port = port
    this.#tracker = trackerPort
  }

  /** Registered. */
  async start(main: string): Promise<Program> {
    const at = ['--ip', '127.0.0.1', '--port', String(this.#port), '--no-lan', '--data', this.data]
    const names = ['--name', this.name, '--tracker-ip', '127.0.0.1', '--tracker-port', String(this.#tracker)]
    const program = new Program(['peer', ...names, ...at], {}, main)
    await program.prints(/registered with the tracker/)
    return program
  }

  /** The same person, with a copy of what is in its directory. */
  copy(): Person {
    const data = join(temporaryDirectory(), this.name)
    cpSync(this.data, data, { recursive: true })
    return new Person(this.name, data, this.#port, this.#tracker)
  }
}

async function quit(program: Program): Promise<void> {
  program.type('/quit\n')
  await program.ended
}

/** alice and bob as 0.1.0 leaves them: they have talked, and what alice said to bob since then waits. */
async function left(old: string, trackerPort: number) {
  const person = async (name: string): Promise<Person> =>
    new Person(name, join(temporaryDirectory(), name), await freePort(), trackerPort)
  const [alice, bob] = [await person('alice'), await person('bob')]
  const [hers, his] = [await alice.start(old), await bob.start(old)]
  await hers.prints(/bob (is here|joined|has joined|came)/)
  his.type('/msg alice hello\n')
  await hers.prints(/hello\n/)
  hers.type(Array.from({ length: HISTORY }, (_, index) => `old ${index + 1}\n`).join(''))
  await his.prints(new RegExp(`old ${HISTORY}\n`))
  await quit(his)
  await hers.prints(/bob (left|has left|parted|is gone)/)
  hers.type(texts.map((text) => `/msg bob ${text}\n`).join(''))
  await quit(hers)
  return { alice, bob }
}

/** What is in the database of a person: the texts of each direct conversation, and how much waits. */
async function kept({ data }: Person) {
  const { store } = await opened({ path: join(data, 'parley.db'), retention: Infinity })
  const textsOf = (conversation: string): string[] =>
    everything(store, conversation).map(({ message }) => textOf(message.content))
  const found = {
    inGeneral: textsOf('general').length,
    directs: store.directs().map(({ conversation }) => textsOf(conversation)),
    waiting: store.unsettled().length,
  }
  store.close()
  return found
}

test('what was said is kept, and what waits is delivered once, in order', async ({ skip }) => {
  if (reason !== undefined) skip(reason)
  const old = await release010()
  const { port } = await tracker()
  const before = await left(old, port)
  for (const [hers, his] of [
    [MAIN, old],
    [old, MAIN],
    [MAIN, MAIN],
  ] as const) {
    const [alice, bob] = [before.alice.copy(), before.bob.copy()]
    const [sender, recipient] = [await alice.start(hers), await bob.start(his)]
    sender.type('/msg bob the last\n')
    await recipient.prints(/the last\n/)
    // A sender that ends before the answer sends again at its next start; 0.1.0 says nothing of it.
    if (hers === MAIN) await sender.prints(`${WAITING} messages that waited for bob were delivered`)
    await quit(sender)
    await quit(recipient)
    const all = { inGeneral: HISTORY, directs: [['hello', ...texts, 'the last']], waiting: 0 }
    expect([await kept(alice), await kept(bob)]).toEqual([all, all])
  }
}, 300_000)
