/** People of one name, and people who move, with real processes: each is one person everywhere, and none is taken for another. */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/files.ts'
import { freePort } from '../support/ports.ts'
import { heardFrom, peerFlags, Program, tracker } from './programs.ts'

/** Directories of people, and a tracker by which they find each other. */
async function network() {
  const folder = temporaryDirectory()
  const { port } = await tracker()
  /** The person whose data is in `directory`. */
  const person = async (name: string, directory: string, ...more: string[]): Promise<Program> => {
    const data = ['--data', join(folder, directory)]
    const program = new Program([...(await peerFlags(name, port)), ...data, ...more])
    await program.prints('registered with the tracker')
    return program
  }
  return { folder, person }
}

/** The short id in the greeting of a peer. */
async function shortIdOf(program: Program): Promise<string> {
  const [, id = ''] = await program.prints(/^-- you are .+ \((\w{4}-\w{4})\) at /m)
  return id
}

test('two people of one name: one has the name, the other its key; a message to the first waits for the first', async () => {
  const { folder, person } = await network()
  const web = ['--web-port', String(await freePort())]
  const anna = await person('anna', 'anna', ...web)
  const first = await person('bob', 'first')
  first.type('I was here first\n')
  await anna.prints('<bob> I was here first')
  const second = await person('bob', 'second')
  const label = `bob·${await shortIdOf(second)}`
  second.type('I am another\n')
  await anna.prints(`<${label}> I am another`)
  anna.type(`/msg bob to the first\n/msg ${label} to the second\n`)
  await first.prints('(direct) <anna> to the first')
  await second.prints('(direct) <anna> to the second')
  const send = new Program(['send', '--data', join(folder, 'anna'), label.slice(4), 'by its key'])
  expect(await send.ends()).toBe(0)
  await second.prints('(direct) <anna> by its key')

  first.type('/quit\n')
  await anna.prints('bob left #general')
  anna.type('/msg bob when you are back\n')
  await anna.prints(`bob is away, so this waits for bob; ${label}, here now, is another person of that name`)
  const waiting = new Program(['send', '--data', join(folder, 'anna'), 'bob', 'and this', '--timeout', '1'])
  expect([await waiting.ends(), waiting.err]).toEqual([
    3,
    expect.stringContaining(`${label}, here now, is another person of that name`),
  ])
  // At another address, under another name.
  const back = await person('robert', 'first')
  await back.prints('(direct) <anna> when you are back')
  await back.prints('(direct) <anna> and this')
  back.type('/msg anna thank you\n')
  await anna.prints('(direct) <robert> thank you')
  expect(heardFrom('anna', second)).toEqual(['to the second', 'by its key'])
}, 120_000)

test('a key that runs twice: both say where the other one is', async () => {
  const folder = temporaryDirectory()
  const start = async (directory: string): Promise<{ program: Program; port: number }> => {
    const port = await freePort()
    const at = ['--data', join(folder, directory), '--ip', '127.0.0.1', '--port', String(port)]
    const program = new Program(['peer', '--no-tracker', ...at])
    await program.prints('/help for more')
    return { program, port }
  }
  const one = await start('twin')
  cpSync(join(folder, 'twin'), join(folder, 'copy'), { recursive: true })
  const other = await start('copy')
  const id = await shortIdOf(one.program)
  await one.program.prints(`your key ${id} is in use at 127.0.0.1:${other.port}, too`)
  await other.program.prints(`your key ${id} is in use at 127.0.0.1:${one.port}, too`)
}, 60_000)
