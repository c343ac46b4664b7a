/** The fuzzers, for a few seconds each and always the same way; `npm run fuzz:http` and `fuzz:lsnp` run them for longer. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

const run = promisify(execFile)

describe('fuzzers', () => {
  test('HTTP: three seconds find nothing', async () => {
    const args = ['--import', 'tsx', 'scripts/fuzz/http.ts', '--seconds', '3', '--seed', '1']
    const { stdout } = await run(process.execPath, args)
    expect(stdout).toMatch(/nothing found/)
    expect(Number(/^(\d+) request inputs/m.exec(stdout)?.[1])).toBeGreaterThan(50)
  }, 60_000)

  test('LSNP: twenty thousand datagrams find nothing', async () => {
    const args = ['--expose-gc', '--import', 'tsx', 'scripts/fuzz/lsnp.ts', '--count', '20000', '--seed', '1']
    const { stdout } = await run(process.execPath, args)
    expect(stdout).toMatch(/nothing found/)
  }, 60_000)

  test.each([
    ['fuzz/http', '--seconds'],
    ['fuzz/lsnp', '--count'],
    ['simulate', '--seeds'],
  ])('%s: %s 0 is refused, because nothing would be tried', async (script, flag) => {
    const args = ['--expose-gc', '--import', 'tsx', `scripts/${script}.ts`, flag, '0']
    const sentence = new RegExp(`^${flag} 0: must be .*nothing is tried\n$`)
    await expect(run(process.execPath, args)).rejects.toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(sentence) as unknown,
    })
  })
})
