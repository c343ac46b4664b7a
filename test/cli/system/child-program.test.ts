import { describe, expect, onTestFinished, test } from 'vitest'
import {
  ChildProgram,
  ChildProgramError,
  type ChildProgramOptions,
} from '../../../src/cli/system/child-program.ts'

/** Runs a script in Node; the end of the test kills it. */
function node(script: string, options: ChildProgramOptions = {}): ChildProgram {
  const program = new ChildProgram(process.execPath, ['--eval', script], { name: 'script', ...options })
  onTestFinished(async () => {
    program.signal('SIGKILL')
    await program.ended
  })
  return program
}

const ECHO = 'process.stdin.on("data", (data) => process.stdout.write("heard " + data))'

describe('ChildProgram', () => {
  test('types lines and sees what is printed, until the input ends', async () => {
    const program = node(ECHO)
    program.enter('one')
    await program.prints('heard one\n')
    program.type('two')
    expect((await program.prints(/heard (t..)/))[1]).toBe('two')
    program.endInput()
    expect(await program.ends()).toBe(0)
    expect(program.out).toBe('heard one\nheard two')
  })

  test('both streams, apart and in the order of arrival, and line by line', async () => {
    const lines: string[] = []
    const program = node(`${ECHO}; process.stderr.write('ready\\nand ')`, {
      onLine: (line, stream) => lines.push(`${stream} ${line}`),
    })
    await program.prints('ready')
    program.enter('one')
    await program.prints('heard one')
    program.endInput()
    await program.ended
    expect(program).toMatchObject({ out: 'heard one\n', err: 'ready\nand ', end: 0 })
    expect(program.all).toBe('ready\nand heard one\n')
    expect(lines).toEqual(['err ready', 'out heard one', 'err and '])
  })

  test('everything is there when it has ended', async () => {
    const program = node('process.stdout.write("x".repeat(1_000_000) + "end\\n")')
    expect(await program.ended).toBe(0)
    expect(program.out).toHaveLength(1_000_004)
  })

  test.each([
    ['an exit status', 'process.exit(3)', 3],
    ['a signal', 'process.kill(process.pid, "SIGKILL")', 'SIGKILL'],
  ])('the end is %s', async (_, script, end) => {
    expect(await node(script).ends()).toBe(end)
  })

  test('a program that cannot be started ends with -1 and the reason', async () => {
    const program = new ChildProgram('/no/such/program', [])
    expect(await program.ended).toBe(-1)
    expect(program.err).toContain('ENOENT')
  })

  test('a wait ends with the program, and the error has its output', async () => {
    const program = node('console.log("almost"); process.exitCode = 2')
    const error: unknown = await program.prints('done').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ChildProgramError)
    expect(error).toMatchObject({
      message: 'script: no done (it has ended with status 2)',
      output: 'almost\n',
    })
  })

  test('a wait ends when its time is up', async () => {
    await expect(node(ECHO).prints('never', 10)).rejects.toThrow('script: no never (waited for 0.01 s)')
  })

  test('an abort ends all waits with its reason, also those that begin later', async () => {
    const abortion = new AbortController()
    const program = node(ECHO, { signal: abortion.signal })
    const waits = [program.prints('never'), program.ends()]
    abortion.abort(new Error('enough'))
    for (const wait of [...waits, program.prints('heard')]) await expect(wait).rejects.toThrow('enough')
  })

  test('a signal to a group reaches what the program has started', async () => {
    const script = `
      const child = require('node:child_process').spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'])
      console.log(child.pid)
      setInterval(() => {}, 1000)`
    const program = node(script, { isGroup: true })
    const [pid] = await program.prints(/\d+/)
    program.signal('SIGTERM')
    expect(await program.ends()).toBe('SIGTERM')
    const isAlive = (): boolean => {
      try {
        return process.kill(Number(pid), 0)
      } catch {
        return false
      }
    }
    await expect.poll(isAlive, { timeout: 30_000 }).toBe(false)
  })

  test('forgets what was printed', async () => {
    const program = node(ECHO)
    program.enter('one')
    await program.prints('heard one')
    program.forget()
    program.enter('two')
    await program.prints('heard two')
    expect(program.all).toBe('heard two\n')
  })
})
