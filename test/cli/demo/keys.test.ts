import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { nextKey, type KeyInput, type Key } from '../../../src/cli/demo/keys.ts'

const never = new AbortController().signal

describe('nextKey', () => {
  test.each<[name: string, keys: string, key: Key]>([
    ['Enter in a terminal', '\r', 'next'],
    ['Enter of a pipe', '\n', 'next'],
    ['space', ' ', 'next'],
    ['q', 'q', 'stop'],
    ['Q', 'Q', 'stop'],
    ['Ctrl-C where it is only a key', '\x03', 'stop'],
    ['another key and then Enter', 'x\r', 'next'],
    ['the first key with a meaning counts', 'xq\r', 'stop'],
  ])('%s', async (_name, keys, key) => {
    const input = new PassThrough()
    input.write(keys)
    expect(await nextKey(input, never)).toBe(key)
  })

  test('a key without a meaning is ignored', async () => {
    const input = new PassThrough()
    const key = nextKey(input, never)
    input.write('x')
    input.write('\r')
    expect(await key).toBe('next')
  })

  test('the end of the input continues, now and later', async () => {
    const input = new PassThrough()
    input.end()
    expect(await nextKey(input, never)).toBe('next')
    expect(await nextKey(input, never)).toBe('next')
  })

  test('an interruption stops, before and during the wait', async () => {
    expect(await nextKey(new PassThrough(), AbortSignal.abort())).toBe('stop')
    const interruption = new AbortController()
    const key = nextKey(new PassThrough(), interruption.signal)
    interruption.abort()
    expect(await key).toBe('stop')
  })

  test('a terminal is in raw mode only while it is read, and no listener stays', async () => {
    const modes: boolean[] = []
    const input: KeyInput = Object.assign(new PassThrough(), {
      isTTY: true,
      setRawMode: (raw: boolean) => modes.push(raw),
    })
    input.emit('data', '')
    const key = nextKey(input, never)
    input.emit('data', 'q')
    expect(await key).toBe('stop')
    expect(modes).toEqual([true, false])
    expect(input.listenerCount('data')).toBe(0)
    expect(input.listenerCount('end')).toBe(0)
  })
})
