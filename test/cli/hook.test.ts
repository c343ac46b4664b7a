/** A command for each message: what it is told, in which order, and what becomes of one that fails. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Hook, type HookMessage } from '../../src/cli/hook.ts'
import { hookMessage } from '../../src/cli/hook-message.ts'
import { until } from '../tracker/support.ts'
import { ALICE, messageOf } from './fake-chat.ts'

/** How long to wait for what should take milliseconds. */
const PATIENCE = 10_000

function message(text: string, more: Partial<HookMessage> = {}): HookMessage {
  return { id: `id-${text}`, from: 'bob', conversation: 'ops', text, json: JSON.stringify({ text }), ...more }
}

function hookOf(command: string, directory?: string) {
  const problems: string[] = []
  const printed: string[] = []
  const hook = new Hook({
    ...{ command, directory },
    onProblem: (sentence) => problems.push(sentence.replace(/^--exec .*?: /s, '')),
    onOutput: (text) => printed.push(text),
  })
  onTestFinished(() => {
    hook.close()
  })
  return { hook, problems, printed }
}

test('is told by variables, and as JSON', async () => {
  const show = 'echo "$PARLEY_FROM|$PARLEY_CHANNEL|$PARLEY_TEXT|$PARLEY_ID|$PARLEY_DATA"; cat'
  const { hook, printed, problems } = hookOf(show, '/data/of/alice')
  hook.push(message('hello'))
  hook.push(message('psst', { conversation: '@10.0.0.2:8000' }))
  await hook.idle(PATIENCE)
  expect(printed).toEqual([
    'bob|#ops|hello|id-hello|/data/of/alice\n{"text":"hello"}\n',
    'bob|@10.0.0.2:8000|psst|id-psst|/data/of/alice\n{"text":"psst"}\n',
  ])
  expect(problems).toEqual([])
})

test.each([
  ['a command substitution', '$(echo pwned)'],
  ['quotes and semicolons', `'; echo "pwned`],
  ['lines', 'one\ntwo'],
  ['an option', '--help'],
  ['a character that no variable can hold', 'a\0b'],
])('what was said is never run: %s', async (_name, text) => {
  const { hook, printed } = hookOf('printf %s "$PARLEY_TEXT"')
  hook.push(message(text))
  await hook.idle(PATIENCE)
  expect(printed).toEqual([text.replaceAll('\0', '')])
})

test('one at a time, in their order', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'parley-hook-'))
  onTestFinished(() => {
    rmSync(directory, { recursive: true })
  })
  const log = join(directory, 'log')
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

test('one that reads nothing of a long message', async () => {
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

test('of a flood a thousand wait, and the others are counted', () => {
  const { hook, problems } = hookOf('sleep 0.2')
  for (let number = 0; number < 1_011; number++) hook.push(message(String(number)))
  expect(problems).toEqual(['it is too slow: more than 1000 messages wait, and some are skipped'])
  hook.close()
  expect(problems.at(-1)).toBe('it was not run for 1000 messages that waited')
})

test('an end ends all of it', async () => {
  const { hook, printed, problems } = hookOf('echo begun; sleep 60; echo never')
  hook.push(message('1'))
  await new Promise((resolve) => setImmediate(resolve))
  hook.close()
  await hook.idle(PATIENCE)
  expect(printed.join('')).not.toContain('never')
  expect(problems).toEqual([])
  hook.push(message('2'))
  await hook.idle(0)
  await until(() => problems.length === 0, 'nothing is run any more')
})

test('of what happens, messages of others are for it', () => {
  const said = messageOf(ALICE, 'hello', { id: '1' })
  const at = { at: 1, receivedAt: 2, late: false }
  expect(hookMessage({ kind: 'message', message: said, ...at, own: true })).toBeUndefined()
  expect(hookMessage({ kind: 'notice', text: 'x' })).toBeUndefined()
  const told = hookMessage({ kind: 'message', message: said, ...at, own: false })
  expect(told).toMatchObject({ id: '1', from: 'alice', conversation: 'general', text: 'hello' })
  expect(JSON.parse(told?.json ?? '')).toMatchObject({
    text: 'hello',
    from: { name: 'alice' },
    receivedAt: 2,
  })
})
