/** The prompt in a window of 40 columns. */
import { expect, test } from 'vitest'
import { peer, peerFlags, tracker, type Program } from './programs.ts'
import { Window } from './window.ts'

/** A peer on a free port, in a window of 40 columns, registered. */
async function prompt(trackerPort: number, name = 'alice'): Promise<Window> {
  const window = new Window(await peerFlags(name, trackerPort), { cols: 40, rows: 16 })
  await window.shows('registered with the tracker')
  return window
}

/** Alice at a prompt and Bob between pipes, and they know of each other. */
async function pair(): Promise<{ readonly alice: Window; readonly bob: Program }> {
  const { port } = await tracker()
  const alice = await prompt(port)
  const bob = await peer('bob', port)
  await alice.shows('bob joined #general')
  return { alice, bob }
}

test('a draft of three lines stays whole while 20 messages a second arrive, and no message is lost', async () => {
  const { alice, bob } = await pair()
  const draft = 'this draft is long enough to lie on three lines of a screen that has forty columns.'
  const count = 60
  for (let number = 0; number < count; number++) {
    bob.type(`message number ${number}.\n`)
    if (number % 2 === 0) alice.type(draft.slice(number, number + 2))
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  alice.type(draft.slice(count))
  await alice.shows(`message number ${count - 1}.`)
  const flat = (): string => alice.rows.join('').replaceAll(/\s+/g, ' ').trim()
  await expect
    .poll(flat)
    .toMatch(new RegExp(`#general> ${draft.replaceAll(/[ .]/g, (c) => (c === ' ' ? ' ?' : '\\.'))}$`))
  const numbers = [...alice.text.matchAll(/message\s+number\s+(\d+)\./g)].map(([, number]) => Number(number))
  expect(numbers).toEqual(Array.from({ length: count }, (_, index) => index))
  expect(flat().split('#general>')).toHaveLength(2)
  alice.type('\r')
  await bob.prints(`<alice> ${draft}`)
})

test('Ctrl-C clears the line, then exits with 130; Ctrl-D exits with 0', async () => {
  const { port } = await tracker()
  const first = await prompt(port)
  first.type('half a thought')
  await first.shows('half a thought')
  first.type('\x03')
  await expect.poll(() => first.text).not.toContain('half a thought')
  first.type('\x03')
  expect(await first.ends()).toMatchObject({ exitCode: 130 })
  const second = await prompt(port)
  second.type('\x04')
  expect(await second.ends()).toMatchObject({ exitCode: 0 })
})

test('Tab completes, Up recalls, and text from other peers cannot move the cursor', async () => {
  const { alice, bob } = await pair()
  alice.type('/hel\t')
  await alice.shows(/#general> \/help/)
  alice.type('\x15bo\thello\r')
  await bob.prints('<alice> bob: hello')
  alice.type('\x1b[A')
  await alice.shows(/#general> bob: hello/)
  bob.type('a\x1b[2J\x1b[31mred\x07 \u202etxet\n')
  await alice.shows('a␛[2J␛[31mred␇')
  await alice.shows(/#general> bob: hello$/)
})

test('a paste is text even if it begins with /quit; on exit the prompt names what is undelivered', async () => {
  const { alice, bob } = await pair()
  alice.type('\x1b[200~/quit\rhello\x1b[201~')
  alice.type('\x1b[?62;22c\x1b]11;rgb:0/0/0\x07')
  alice.type('\r')
  await bob.prints('<alice> /quit\n      hello\n')
  // On a busy machine the line is shown before the answer is here, which gets a line of its own then.
  await alice.shows(/hello ✓|✓ delivered 1\/1/)
  bob.signal('SIGSTOP')
  alice.type('are you there?\r')
  await alice.shows(/are you there\? …/)
  alice.type('\x04')
  expect(await alice.ends()).toMatchObject({ exitCode: 0 })
  await alice.shows(/1 message was not delivered/)
})
