/** Wrong flags and arguments, and what the program answers. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Program, tracker } from './programs.ts'
import { freePort } from '../support/ports.ts'

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Program> {
  const program = new Program(args, env)
  program.endInput()
  await program.ends()
  return program
}

describe('help and version', () => {
  test.each([[['--help']], [['peer', '--help']], [['tracker', '-h']]])(
    '%j goes to stdout, 0',
    async (args) => {
      const { out, err, end: status } = await run(args)
      expect(out).toContain('Usage: parley')
      expect({ err, status }).toEqual({ err: '', status: 0 })
    },
  )

  test('--version prints the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    expect((await run(['--version'])).out).toBe(`${version}\n`)
  })
})

describe('a mistake exits 2 with a sentence and no stack trace', () => {
  test.each([
    ['a misspelt command', ['trakcer'], 'tracker'],
    ['a misspelt flag', ['peer', '--nmae', 'x'], '--name'],
    ['a port over 65535', ['tracker', '--port', '65536'], '1 to 65535'],
    ['a name with an escape sequence', ['peer', '--name', 'a\x1b[2Jb'], 'control'],
  ])('%s', async (_name, args, hint) => {
    const { err, out, end: status } = await run(args)
    expect(err).toContain(hint)
    expect(err).not.toMatch(/\n\s+at /)
    expect({ out, status }).toEqual({ out: '', status: 2 })
  })

  test('a wrong environment variable is named', async () => {
    const { err, end: status } = await run(['peer'], { PARLEY_PORT: 'x' })
    expect(err).toContain('PARLEY_PORT')
    expect(status).toBe(2)
  })
})

describe('an address that cannot be used', () => {
  test.each(['tracker', 'peer'])('a port in use exits 4: %s', async (command) => {
    const { port } = await tracker()
    const { err, end: status } = await run([command, '--ip', '127.0.0.1', '--port', String(port)])
    expect(err).toContain(`port ${port} on 127.0.0.1 is taken`)
    expect(status).toBe(4)
  })

  test.each([
    ['tracker', 'tracker', []],
    ['peer', 'peer', ['--no-tracker', '--no-lan']],
    ['web', 'peer', ['--no-tracker', '--no-lan']],
  ])('an address that this machine does not have exits 4: %s', async (command, what, more) => {
    const { err, end: status } = await run([command, '--ip', '192.0.2.1', ...more])
    expect({ err, status }).toEqual({
      ...{ err: `parley: cannot start the ${what}: this machine has no address 192.0.2.1\n`, status: 4 },
    })
  })

  test('--ip-fallback listens on 0.0.0.0 instead and says so', async () => {
    const port = await freePort()
    const program = new Program([
      ...['peer', '--ip', '192.0.2.1', '--ip-fallback', '--port', String(port)],
      ...['--no-tracker', '--no-lan'],
    ])
    await program.prints(/WARNING: this machine has no address 192\.0\.2\.1; listening on 0\.0\.0\.0/)
  })
})

test('colours are off in a pipe, on when forced, off with NO_COLOR or --no-color', async () => {
  const args = ['peer', '--ip', '127.0.0.1', '--no-tracker', '--no-lan']
  const coloured = async (more: string[], env: Record<string, string>): Promise<boolean> => {
    const program = new Program([...args, ...more], env)
    program.type('/nosuch\n')
    program.endInput()
    await program.ends()
    return program.all.includes('\x1b[')
  }
  expect(await coloured(['--timeout', '0.2'], {})).toBe(false)
  expect(await coloured(['--timeout', '0.2'], { NO_COLOR: '1' })).toBe(false)
  expect(await coloured(['--timeout', '0.2'], { FORCE_COLOR: '1' })).toBe(true)
  expect(await coloured(['--timeout', '0.2', '--no-color'], { FORCE_COLOR: '1' })).toBe(false)
})
