/** A command for each message: its input, its order, its failures. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, win32 } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Hook, type HookMessage } from '../../../src/cli/running/hook.ts'
import { HookListener } from '../../../src/cli/running/hook-listener.ts'
import { PATIENCE, until } from '../../support/wait.ts'
import { ALICE, BOB, messageOf } from '../fake-chat.ts'
import { temporaryDirectory } from '../../support/files.ts'
import type { ChatEvent } from '../../../src/chat/model.ts'

function message(text: string, more: Partial<HookMessage> = {}): HookMessage {
  const fields = { id: `id-${text}`, from: 'bob', fromId: 'bob-key', conversation: 'ops', text }
  return { ...fields, json: JSON.stringify({ text }), ...more }
}

function hookOf(command: string, directory?: string) {
  const problems: string[] = []
  const printed: string[] = []
  const hook = new Hook({
    command,
    directory,
    onProblem: (sentence) => problems.push(sentence.replace(/^--exec .*?: /s, '')),
    onOutput: (text) => printed.push(text),
  })
  onTestFinished(() => hook.close())
  return { hook, problems, printed }
}

test('gets a message in variables, and as JSON', async () => {
  const show = 'echo "$PARLEY_FROM|$PARLEY_FROM_ID|$PARLEY_CHANNEL|$PARLEY_TEXT|$PARLEY_ID|$PARLEY_DATA"; cat'
  const { hook, printed, problems } = hookOf(show, '/data/of/alice')
  hook.push(message('hello'))
  hook.push(message('psst', { conversation: '@10.0.0.2:8000' }))
  await hook.idle(PATIENCE)
  expect(printed).toEqual([
    'bob|bob-key|#ops|hello|id-hello|/data/of/alice\n{"text":"hello"}\n',
    'bob|bob-key|@10.0.0.2:8000|psst|id-psst|/data/of/alice\n{"text":"psst"}\n',
  ])
  expect(problems).toEqual([])
})

test.each([
  ['a command substitution', '$(echo pwned)'],
  ['quotes and semicolons', `'; echo "pwned`],
  ['lines', 'one\ntwo'],
  ['an option', '--help'],
  ['a character that no variable can hold', 'a\0b'],
])('a message is never run: %s', async (_name, text) => {
  const { hook, printed } = hookOf('printf %s "$PARLEY_TEXT"')
  hook.push(message(text))
  await hook.idle(PATIENCE)
  expect(printed).toEqual([text.replaceAll('\0', '')])
})

test('one at a time, in their order', async () => {
  const log = join(temporaryDirectory(), 'log')
  const { hook } = hookOf(
    `echo "begin $PARLEY_TEXT" >>'${log}'; cat >/dev/null; echo "end $PARLEY_TEXT" >>'${log}'`,
  )
  for (const text of ['1', '2', '3']) hook.push(message(text))
  await hook.idle(PATIENCE)
  expect(readFileSync(log, 'utf8').split('\n').slice(0, -1)).toEqual([
    ...['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3'],
  ])
})

test.each([
  ['a status', 'exit 4', 'it ended with status 4, for a message of bob'],
  ['a signal', 'kill -TERM $$', 'it ended with SIGTERM, for a message of bob'],
  ['no such command', 'no-such-command-here 2>/dev/null', 'it ended with status 127, for a message of bob'],
])('one that fails is told, and the next message comes all the same: %s', async (_name, command, problem) => {
  const { hook, problems } = hookOf(command)
  hook.push(message('1'))
  hook.push(message('2'))
  await hook.idle(PATIENCE)
  expect(problems).toEqual([problem, problem])
})

test('a command that does not read a long message', async () => {
  const { hook, problems } = hookOf('exit 0')
  hook.push(message('x', { json: 'x'.repeat(1_000_000) }))
  await hook.idle(PATIENCE)
  expect(problems).toEqual([])
})

test('one that leaves something running which holds its output does not stop the others', async () => {
  const { hook, printed } = hookOf('sleep 5 & echo "$PARLEY_TEXT"')
  hook.push(message('1'))
  hook.push(message('2'))
  await hook.idle(4_000)
  expect(printed).toEqual(['1\n', '2\n'])
})

test('in a flood a thousand messages wait, and the others are counted', async () => {
  const { hook, problems } = hookOf('sleep 0.2')
  for (let number = 0; number < 1_011; number++) hook.push(message(String(number)))
  expect(problems).toEqual(['it is too slow: more than 1000 messages wait, and some are skipped'])
  await hook.close()
  expect(problems.slice(1)).toEqual([
    'it was not run for 1000 messages that waited',
    'it was not run for 10 messages',
  ])
})

test('an end ends all of it', async () => {
  const { hook, printed, problems } = hookOf('echo begun; sleep 60; echo never')
  hook.push(message('1'))
  await new Promise((resolve) => setImmediate(resolve))
  await hook.close()
  await hook.idle(PATIENCE)
  expect(printed.join('')).not.toContain('never')
  expect(problems).toEqual([])
  hook.push(message('2'))
  await hook.idle(0)
  await until(() => problems.length === 0, 'nothing is run any more')
})

test.each([
  ['before the peer was started', 999, -1, false],
  ['when the peer was started', 1_000, -1, true],
  ['while the peer runs, though it comes by catching up', 5_000, 60_000, true],
  ['before the peer was started, though it comes much later', 0, 60_000, false],
])('is run for what was said since: %s', (_name, at, receivedAt, isRun) => {
  const event = {
    kind: 'message',
    message: messageOf(BOB, 'hello'),
    at,
    receivedAt,
    late: true,
    own: false,
  } as const
  expect(pushedBy([event], 1_000)).toHaveLength(isRun ? 1 : 0)
  expect(pushedBy([event], -Infinity)).toHaveLength(1)
})

/** Whether a process of this number is there. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test.each([
  ['the command itself', `trap '' TERM; echo $$; while :; do sleep 0.1; done`],
  ['what it has started', `sh -c "trap '' TERM; echo \\$\\$; while :; do sleep 0.1; done" & wait`],
])('an end kills what ignores SIGTERM and keeps standard output open: %s', async (_name, script) => {
  const path = join(temporaryDirectory(), 'pid')
  const { hook } = hookOf(`{ ${script}; } | tee ${path}`)
  hook.push(message('1'))
  await until(() => existsSync(path) && readFileSync(path, 'utf8').endsWith('\n'), 'it runs')
  const pid = Number(readFileSync(path, 'utf8'))
  expect(isAlive(pid)).toBe(true)
  await hook.close()
  await until(() => !isAlive(pid), 'it has ended')
})

test('room() waits while a thousand messages wait, and no longer', async () => {
  const { hook } = hookOf('true')
  for (let number = 0; number <= 1_000; number++) hook.push(message(String(number)))
  let isRoom = false
  const room = hook.room().then(() => {
    isRoom = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(isRoom).toBe(false)
  await hook.close()
  await room
  await hook.room()
})

test('on Windows the command is run by PowerShell and ended by taskkill, and no shell sees the values', async () => {
  const root = temporaryDirectory()
  const log = join(root, 'log')
  // On this system the whole path of a program of Windows is one name, which is looked up in PATH.
  const stand = (name: string, script: string): void => {
    const path = `${root}/${win32.join(root, 'System32', name)}`
    writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o700 })
  }
  stand('WindowsPowerShell\\v1.0\\powershell.exe', `printf '%s\\n' "$@" "$PARLEY_TEXT" >> '${log}'; sleep 60`)
  stand('taskkill.exe', `printf 'taskkill %s\\n' "$*" >> '${log}'; kill -KILL $2`)
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
  vi.stubEnv('PATH', `${root}:${process.env['PATH'] ?? ''}`)
  vi.stubEnv('SystemRoot', root)
  const hook = new Hook({
    command: 'Write-Output $env:PARLEY_TEXT',
    platform: 'win32',
    onProblem: () => undefined,
    onOutput: () => undefined,
  })
  hook.push(message('x & calc %PATH% $(calc)'))
  const logged = (): string => (existsSync(log) ? readFileSync(log, 'utf8') : '')
  await until(() => logged().includes('x & calc'), 'it runs')
  const lines = logged().split('\n')
  expect(lines.slice(0, 3)).toEqual(['-NoProfile', '-NonInteractive', '-Command'])
  expect(lines.slice(-3)).toEqual(['Write-Output $env:PARLEY_TEXT', 'x & calc %PATH% $(calc)', ''])
  await hook.close()
  expect(logged()).toMatch(/taskkill \/PID \d+ \/T \/F\n$/)
})

/** The messages that a hook gets of these events. */
function pushedBy(events: readonly ChatEvent[], since = 0): HookMessage[] {
  const pushed: HookMessage[] = []
  const hook = { push: (each: HookMessage) => void pushed.push(each), close: () => Promise.resolve() }
  const listener = new HookListener(hook, since)
  for (const event of events) listener.show(event)
  return pushed
}

test.each([
  ['mute', 0],
  ['ignore', 0],
  ['block', 0],
  ['channel', 1],
  [undefined, 1],
] as const)('of a message that is hushed by %s it gets %i', (hushed, expected) => {
  const said = { message: messageOf(BOB, 'hello'), at: 1, receivedAt: 2, late: false, own: false }
  const more = hushed === undefined ? {} : { hushed }
  expect(pushedBy([{ kind: 'message', ...said, ...more }])).toHaveLength(expected)
})

test('only messages of other users are for it', () => {
  const said = messageOf(ALICE, 'hello', { id: '1' })
  const at = { at: 1, receivedAt: 2, late: false }
  const own: ChatEvent = { kind: 'message', message: said, ...at, own: true }
  expect(pushedBy([own, { kind: 'notice', text: 'x' }])).toEqual([])
  const [pushed] = pushedBy([{ ...own, own: false }])
  expect(pushed).toMatchObject({ id: '1', from: 'alice', conversation: 'general', text: 'hello' })
  expect(JSON.parse(pushed?.json ?? '')).toMatchObject({
    text: 'hello',
    from: { name: 'alice' },
    receivedAt: 2,
  })
})
