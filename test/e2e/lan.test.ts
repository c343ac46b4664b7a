/**
 * The LAN, kept on this machine: real processes that find each other without a tracker. Others may be on it at the
 * same time, so everybody here has a name of its own, and nothing is said of who else is there.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn } from '@lydell/node-pty'
import xterm from '@xterm/headless'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { ENV, MAIN, Program } from './programs.ts'
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

/** Started and asked, as the guide of the first program of this family does it. */
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

test('two of them, step by step: PROFILE, POST, DM, LIST, VERBOSE, QUIT', async () => {
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

test('with a peer that has a prompt: both ways, to everybody, to one, and in a channel', async () => {
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

describe('lines of a pipe that are all there at once', () => {
  test('wait for whoever they are for, and it exits 0', async () => {
    const rex = new Program(['lan', '--name', 'lan-rex', '--verbose'])
    const quin = new Program(['lan', '--name', 'lan-quin', '--no-verbose'])
    quin.type(`DM ${userId('lan-rex')} one\nDM\n${userId('lan-rex')}\ntwo`)
    quin.endInput()
    expect(await quin.ends()).toBe(0)
    expect(quin.out).toMatch(/^Verbose mode: OFF\n/)
    await rex.prints(`[DM] From ${userId('lan-quin')}: one\n[DM] From ${userId('lan-quin')}: two\n`)
  })

  test('nobody of that name: an error, and 1 when the time is up', async () => {
    await lan('lan-sue', '--verbose')
    const tom = new Program(['lan', '--name', 'lan-tom', '--timeout', '0.5'])
    tom.type(`n\nDM ${userId('lan-nobody')} hello\n`)
    tom.endInput()
    expect(await tom.ends()).toBe(1)
    expect(tom.out).toMatch(
      /Error: Peer lan-nobody@127\.0\.0\.1 not found or unreachable\n|No peers available\./,
    )
  })

  test('no answer to Username: nothing was started, 0', async () => {
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
  ])('%s ends it with %i, and others hear of it', async (signal, status) => {
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
    [
      'an interface that there is not',
      ['peer', '--interface', 'nope0'],
      {},
      /no interface nope0 here; .*lo \(127/,
    ],
    ['the same for lan', ['lan', '--interface', 'lo', 'nope0'], {}, /no interface nope0 here; .*lo \(127/],
    [
      'the same by environment',
      ['lan'],
      { PARLEY_INTERFACE: 'lo,nope0' },
      /PARLEY_INTERFACE.* no interface nope0/,
    ],
    ['a peer without a port', ['peer', '--peer', '127.0.0.1'], {}, /192\.168\.1\.5:8000 or \[fd00::5\]:8000/],
    ['a peer by name', ['peer', '--peer', 'bob.lan:8000'], {}, /192\.168\.1\.5:8000/],
    ['a peer in IPv6 without brackets', ['peer', '--peer', '::1:8000'], {}, /\[fd00::5\]:8000/],
    ['a peer at a port of the system', ['peer', '--peer', '127.0.0.1:80'], {}, /below 1024/],
  ])('%s is 2, with a sentence', async (_name, args, env, hint) => {
    const program = new Program(args, env)
    program.endInput()
    expect(await program.ends()).toBe(2)
    expect(program.err).toMatch(hint)
    expect(program.out).toBe('')
  })

  test('--no-lan: nobody is found, except who is given by hand', async () => {
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

test('in a terminal: what comes in does not tear what is typed, and question and answer stay', async () => {
  const screen = new xterm.Terminal({ cols: 60, rows: 24, allowProposedApi: true })
  const env = { ...ENV, TERM: 'xterm-256color', NO_COLOR: '1' }
  const pty = spawn(process.execPath, [MAIN, 'lan'], { cols: 60, rows: 24, env })
  let status: number | undefined
  pty.onData((data) => {
    screen.write(data)
  })
  pty.onExit(({ exitCode }) => (status = exitCode))
  onTestFinished(() => {
    if (status === undefined) pty.kill('SIGKILL')
  })
  const rows = (): string => {
    const { active } = screen.buffer
    const all = Array.from(
      { length: active.length },
      (_, row) => active.getLine(row)?.translateToString(true) ?? '',
    )
    return all.join('\n').trimEnd()
  }
  const shows = (text: string | RegExp): Promise<void> => expect.poll(rows).toMatch(text)

  await shows(/^Username:$/)
  pty.write('lan-yan\r')
  await shows(/Enable verbose mode\? \(y\/n, default=y\):$/)
  pty.write('y\r')
  await shows(COMMAND)
  await shows(/^Username: lan-yan\nEnable verbose mode\? \(y\/n, default=y\): y\nVerbose mode: ON\n/)
  const zoe = await lan('lan-zoe', '--verbose')
  await shows(`[DISCOVERY] Found peer: ${userId('lan-zoe')}`)
  pty.write('post')
  await shows(/QUIT\): post$/)
  zoe.type(`DM ${userId('lan-yan')} in between\n`)
  await shows(/\[DM\] From lan-zoe@127\.0\.0\.1: in between\nCommand .*: post$/)
  pty.write('\r')
  await shows(/Command .*: post\nMessage:$/)
  pty.write('hello from a terminal\r')
  await zoe.prints(`[POST] ${userId('lan-yan')}: hello from a terminal\n`)
  await shows(/Message: hello from a terminal\nMessage broadcasted to \d+ peers?\nCommand .*:$/)
  pty.write('/hel\t')
  await shows(/QUIT\): \/help$/)
  pty.write('\x15\x03')
  await expect.poll(() => status).toBe(130)
  await zoe.prints(`[DISCOVERY] Lost peer: ${userId('lan-yan')} (left)\n`)
})
