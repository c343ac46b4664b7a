/**
 * The LAN, kept on this machine: real processes that find each other without a tracker. Other programs may be on it at
 * the same time, so every peer here has a unique name, and no test expects a number of peers.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Program } from './programs.ts'
import { Window } from './window.ts'
import { freePort } from '../support/ports.ts'

const COMMAND = 'Command (POST/DM/PROFILE/LIST/VERBOSE/QUIT):'

const folder = mkdtempSync(join(tmpdir(), 'parley-'))
const picture = join(folder, 'hat.png')
writeFileSync(picture, Buffer.from('\x89PNG\r\n\x1a\n and so on', 'latin1'))

afterAll(() => {
  rmSync(folder, { recursive: true })
})

function userId(name: string): string {
  return `${name}@127.0.0.1`
}

/** Started without flags: it asks for the user name and for verbose mode, as the guide of a legacy client does. */
async function asked(name: string, verbose: 'y' | 'n'): Promise<Program> {
  const program = new Program(['lan'])
  await program.prints('Username:\n')
  program.type(`${name}\n`)
  await program.prints('Enable verbose mode? (y/n, default=y):\n')
  program.type(`${verbose}\n`)
  await program.prints(`Verbose mode: ${verbose === 'y' ? 'ON' : 'OFF'}\n`)
  await program.prints(`Peer started as ${userId(name)}\n`)
  await program.prints(`${COMMAND}\n`)
  return program
}

async function lan(name: string, ...more: string[]): Promise<Program> {
  const program = new Program(['lan', '--name', name, ...more])
  await program.prints(`${COMMAND}\n`)
  return program
}

async function peer(name: string, ...more: string[]): Promise<Program> {
  const at = ['--ip', '127.0.0.1', '--port', String(await freePort())]
  const program = new Program(['peer', '--name', name, ...at, '--no-tracker', ...more])
  await program.prints('/help for more\n')
  return program
}

test('two guides, step by step: PROFILE, POST, DM, LIST, VERBOSE, QUIT', async () => {
  const ada = await asked('lan-ada', 'y')
  const bea = await asked('lan-bea', 'n')
  await ada.prints(`[DISCOVERY] Found peer: ${userId('lan-bea')}\n`)

  bea.type(`PROFILE\nBea B.\nin the lab\ny\n${picture}\n`)
  for (const question of ['Display Name:', 'Status message:', 'Add profile picture? (y/n):']) {
    await bea.prints(`${question}\n`)
  }
  await bea.prints(/Avatar added: image\/png, 24 characters\nProfile updated and broadcasted to \d+ peers?\n/)
  await ada.prints(
    `[PROFILE UPDATE] Bea B. (${userId('lan-bea')})\n  Status: in the lab\n  Avatar: image/png (base64 encoded)\n`,
  )
  ada.type('profile\n\nwriting\nn\n')
  await bea.prints('lan-ada\n   writing\n')

  ada.type('POST\nHello: all\n')
  await ada.prints(/Message:\nMessage broadcasted to \d+ peers?\n/)
  await bea.prints('lan-ada: Hello: all\n')
  bea.type('post hi back\n')
  await ada.prints(`[POST] ${userId('lan-bea')}: hi back\n`)

  ada.type(`DM\n${userId('lan-bea')}\npsst\n`)
  await ada.prints(`  - ${userId('lan-bea')} (Bea B.)\n`)
  await ada.prints(`Recipient (user@ip):\nMessage:\nDM sent to ${userId('lan-bea')}\n`)
  await bea.prints('lan-ada (to you): psst\n')
  bea.type(`DM ${userId('lan-ada')} yes?\n`)
  await bea.prints('DM sent to lan-ada\n')
  await ada.prints(`[DM] From ${userId('lan-bea')}: yes?\n`)

  ada.type('LIST\n')
  await ada.prints(/\[KNOWN PEERS\] \(\d+ peers\):\n/)
  await ada.prints(/ {2}- lan-bea@127\.0\.0\.1 \(127\.0\.0\.1:\d+\) \[seen \d+s ago\]\n/)
  bea.type('list\n')
  await bea.prints(/Known Peers \(\d+\): .*lan-ada@127\.0\.0\.1/)

  ada.type('VERBOSE\n')
  await ada.prints('Verbose mode: OFF\n')
  bea.type('VERBOSE\nPOST cheese\n')
  await ada.prints('Bea B.(image/png): cheese\n')
  await bea.prints('Verbose mode: ON\n')

  ada.type('QUIT\n')
  await ada.prints(/Goodbye!\n$/)
  await ada.ends()
  await bea.prints(`[DISCOVERY] Lost peer: ${userId('lan-ada')} (left)\n`)
  const before = bea.out.length
  bea.type('LIST\n')
  bea.endInput()
  await bea.ends()
  expect(bea.out.slice(before)).not.toContain('lan-ada')
  expect(bea.out).toMatch(/Goodbye!\n$/)
  for (const { err } of [ada, bea]) expect(err).toBe('')
})

test('a guide and a peer with a prompt talk both ways: to all, to one, and in a channel', async () => {
  const pia = await peer('lan-pia')
  expect(pia.err).toContain('\n-- LAN: this machine only\n-- tracker none; ')
  const lou = await lan('lan-lou', '--verbose')
  await pia.prints('-- lan-lou joined #general\n')
  await lou.prints(`[DISCOVERY] Found peer: ${userId('lan-pia')}\n`)

  pia.type('hello Lou\n')
  await lou.prints(`[POST] ${userId('lan-pia')}: hello Lou\n`)
  lou.type('POST hello Pia\n')
  await pia.prints('#general <lan-lou> hello Pia\n')
  pia.type(`/msg ${userId('lan-lou')} psst\n`)
  await lou.prints(`[DM] From ${userId('lan-pia')}: psst\n`)
  lou.type('/msg lan-pia yes?\n')
  await pia.prints('(direct) <lan-lou> yes?\n')

  pia.type('/status on the train\n/profile lan-lou\n')
  await lou.prints(`[PROFILE UPDATE] lan-pia (${userId('lan-pia')})\n  Status: on the train\n`)
  await pia.prints('-- lan-lou at 127.0.0.1:')
  pia.type('/follow lan-lou\n')
  await pia.prints('-- lan-lou speaks HTTP with you; following is for LSNP programs\n')

  lou.type('#lan-ops\n')
  await lou.prints('-- you are in #lan-ops')
  pia.type('#lan-ops\n')
  await lou.prints('-- lan-pia joined #lan-ops\n')
  lou.type('#lan-ops anybody?\n')
  await pia.prints('#lan-ops <lan-lou> anybody?\n')
  pia.type('/quit\n')
  await pia.ends()
  await lou.prints('-- lan-pia left #lan-ops\n')
  lou.type('/quit\n')
  await lou.prints('Goodbye!\n')
  await lou.ends()
})

describe('lines of a pipe that arrive at once', () => {
  test('wait for their recipients, and the guide exits 0', async () => {
    const rex = new Program(['lan', '--name', 'lan-rex', '--verbose'])
    const quin = new Program(['lan', '--name', 'lan-quin', '--no-verbose'])
    quin.type(`DM ${userId('lan-rex')} one\nDM\n${userId('lan-rex')}\ntwo`)
    quin.endInput()
    expect(await quin.ends()).toBe(0)
    expect(quin.out).toMatch(/^Verbose mode: OFF\n/)
    await rex.prints(`[DM] From ${userId('lan-quin')}: one\n[DM] From ${userId('lan-quin')}: two\n`)
  })

  test('an unknown recipient is an error, and the guide exits 1 after --timeout', async () => {
    await lan('lan-sue', '--verbose')
    const tom = new Program(['lan', '--name', 'lan-tom', '--timeout', '0.5'])
    tom.type(`n\nDM ${userId('lan-nobody')} hello\n`)
    tom.endInput()
    expect(await tom.ends()).toBe(1)
    expect(tom.out).toMatch(
      /Error: Peer lan-nobody@127\.0\.0\.1 not found or unreachable\n|No peers available\./,
    )
  })

  test('end of input at "Username:" starts nothing, and the guide exits 0', async () => {
    const program = new Program(['lan'])
    program.endInput()
    expect(await program.ends()).toBe(0)
    expect(program.out).toBe('Username:\n')
  })
})

describe('a signal', () => {
  test.each<[signal: NodeJS.Signals, status: number]>([
    ['SIGINT', 130],
    ['SIGTERM', 0],
  ])('%s ends a guide with %i, and other peers notice', async (signal, status) => {
    const una = await lan(`lan-una-${status}`, '--verbose')
    const val = await lan(`lan-val-${status}`, '--verbose')
    await una.prints(`Found peer: ${userId(`lan-val-${status}`)}\n`)
    val.signal(signal)
    expect(await val.ends()).toBe(status)
    await una.prints(`[DISCOVERY] Lost peer: ${userId(`lan-val-${status}`)} (left)\n`)
  })
})

describe('flags', () => {
  test.each([
    ['an unknown interface', ['peer', '--interface', 'nope0'], {}, /no interface nope0 here; .*lo \(127/],
    [
      'an unknown interface for lan',
      ['lan', '--interface', 'lo', 'nope0'],
      {},
      /no interface nope0 here; .*lo \(127/,
    ],
    [
      'an unknown interface in PARLEY_INTERFACE',
      ['lan'],
      { PARLEY_INTERFACE: 'lo,nope0' },
      /PARLEY_INTERFACE.* no interface nope0/,
    ],
    ['a peer at a system port', ['peer', '--peer', '127.0.0.1:80'], {}, /below 1024/],
  ])('%s exits 2 with a hint', async (_name, args, env, hint) => {
    const program = new Program(args, env)
    program.endInput()
    expect(await program.ends()).toBe(2)
    expect(program.err).toMatch(hint)
    expect(program.out).toBe('')
  })

  test('--no-lan: a peer finds only those given by --peer', async () => {
    const port = await freePort()
    const args = ['--ip', '127.0.0.1', '--no-tracker', '--no-lan']
    const wim = new Program(['peer', '--name', 'lan-wim', '--port', String(port), ...args])
    await wim.prints('-- LAN: off\n-- tracker none: nobody can find you')
    const by = ['--name', 'lan-xia', '--port', String(await freePort()), '--peer', `127.0.0.1:${port}`]
    const xia = new Program(['peer', ...by, ...args])
    await xia.prints(`-- LAN: off\n-- peers by hand: 127.0.0.1:${port}\n-- tracker none; `)
    await wim.prints('-- lan-xia joined #general\n')
    await xia.prints('-- lan-wim joined #general\n')
    wim.type('hello\n')
    await xia.prints('#general <lan-wim> hello\n')
    expect(wim.all + xia.all).not.toMatch(/lan-(?!wim|xia)/)
  })
})

test('in a terminal incoming messages do not tear the input, and questions stay with their answers', async () => {
  const yan = new Window(['lan'], { cols: 60 })
  await yan.shows(/^Username:$/)
  yan.type('lan-yan\r')
  await yan.shows(/Enable verbose mode\? \(y\/n, default=y\):$/)
  yan.type('y\r')
  await yan.shows(COMMAND)
  await yan.shows(/^Username: lan-yan\nEnable verbose mode\? \(y\/n, default=y\): y\nVerbose mode: ON\n/)
  const zoe = await lan('lan-zoe', '--verbose')
  await yan.shows(`[DISCOVERY] Found peer: ${userId('lan-zoe')}`)
  yan.type('post')
  await yan.shows(/QUIT\): post$/)
  zoe.type(`DM ${userId('lan-yan')} in between\n`)
  await yan.shows(/\[DM\] From lan-zoe@127\.0\.0\.1: in between\nCommand .*: post$/)
  yan.type('\r')
  await yan.shows(/Command .*: post\nMessage:$/)
  yan.type('hello from a terminal\r')
  await zoe.prints(`[POST] ${userId('lan-yan')}: hello from a terminal\n`)
  await yan.shows(/Message: hello from a terminal\nMessage broadcasted to \d+ peers?\nCommand .*:$/)
  yan.type('/hel\t')
  await yan.shows(/QUIT\): \/help$/)
  yan.type('\x15\x03')
  expect(await yan.ends()).toMatchObject({ exitCode: 130 })
  await zoe.prints(`[DISCOVERY] Lost peer: ${userId('lan-yan')} (left)\n`)
})
