/** Signals that end a command. process.emit() stands for them: none is sent. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { hangUp, onSignals, stopped } from '../../../src/cli/system/signals.ts'

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK']
const before = new Map(SIGNALS.map((signal) => [signal, process.listeners(signal)]))

// The end that comes in any case must not come to the process of the tests.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  for (const signal of SIGNALS) {
    for (const listener of process.listeners(signal)) {
      if (before.get(signal)?.includes(listener) !== true) process.off(signal, listener)
    }
  }
})

function start() {
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never)
  const stopping = new AbortController()
  onSignals(stopping)
  const send = (signal: NodeJS.Signals): void => void process.emit(signal, signal)
  return { exit, stopping, send }
}

describe('a signal', () => {
  test.each<[signal: NodeJS.Signals, status: number]>([
    ['SIGINT', 130],
    ['SIGTERM', 0],
    ['SIGHUP', 0],
    ['SIGBREAK', 0],
  ])('%s ends in order, with %i', async (signal, status) => {
    const { exit, stopping, send } = start()
    send(signal)
    expect(await stopped(stopping)).toBe(status)
    expect(exit).not.toHaveBeenCalled()
  })

  test.each<[signal: NodeJS.Signals, status: number]>([
    ['SIGINT', 130],
    ['SIGTERM', 0],
    ['SIGBREAK', 0],
  ])('%s ends at once what another signal was ending', (signal, status) => {
    const { exit, send } = start()
    send('SIGTERM')
    send(signal)
    expect(exit).toHaveBeenCalledExactlyOnceWith(status)
  })
})

test.each<[signal: NodeJS.Signals, status: number]>([
  ['SIGINT', 130],
  ['SIGTERM', 0],
  ['SIGHUP', 0],
])('what does not end in order within 4 s after %s is ended, with %i', (signal, status) => {
  const { exit, send } = start()
  send(signal)
  vi.advanceTimersByTime(3_999)
  expect(exit).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(exit).toHaveBeenCalledExactlyOnceWith(status)
})

describe('a terminal that is gone', () => {
  test('a hang-up that comes again, or after another signal, leaves the time to say goodbye', async () => {
    const { exit, stopping, send } = start()
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGHUP'] as const) send(signal)
    hangUp()
    expect(await stopped(stopping)).toBe(0)
    expect(exit).not.toHaveBeenCalled()
  })

  test('is a hang-up where no signal comes', async () => {
    const { exit, stopping } = start()
    hangUp()
    expect(await stopped(stopping)).toBe(0)
    expect(exit).not.toHaveBeenCalled()
  })

  test('ends at once what does not listen for signals', () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never)
    vi.spyOn(process, 'listenerCount').mockReturnValue(0)
    hangUp()
    expect(exit).toHaveBeenCalledExactlyOnceWith(1)
  })
})
