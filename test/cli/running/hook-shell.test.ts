/** How a command is run and ended on each platform. */
import { expect, test } from 'vitest'
import { shellCall, taskkillCall } from '../../../src/cli/running/hook-shell.ts'

test.each(['linux', 'darwin', 'freebsd'] as const)('%s: /bin/sh, in a group of its own', (platform) => {
  expect(shellCall('echo "$PARLEY_TEXT"', platform, {})).toEqual({
    file: 'echo "$PARLEY_TEXT"',
    args: [],
    options: { shell: true, detached: true, windowsHide: false },
  })
})

test('win32: PowerShell without a shell around it, a window or a detached console; UTF-8 in and out', () => {
  const { file, args, options } = shellCall('Write-Output "$env:PARLEY_TEXT"', 'win32', {
    SystemRoot: 'D:\\Win',
  })
  expect(file).toBe('D:\\Win\\System32\\WindowsPowerShell\\v1.0\\powershell.exe')
  expect(args.slice(0, -1)).toEqual(['-NoProfile', '-NonInteractive', '-Command'])
  expect(args.at(-1)).toMatch(/UTF8Encoding.*\nWrite-Output "\$env:PARLEY_TEXT"$/)
  expect(options).toEqual({ shell: false, detached: false, windowsHide: true })
})

test.each([
  ['is not set', {}],
  ['is empty', { SystemRoot: '' }],
])('win32: the usual place when SystemRoot %s', (_name, environment) => {
  expect(taskkillCall(42, environment)).toEqual({
    file: 'C:\\Windows\\System32\\taskkill.exe',
    args: ['/PID', '42', '/T', '/F'],
  })
})
