import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { nextWish, type KeyInput, type Wish } from '../../../src/cli/demo/keys.ts'

const never = new AbortController().signal

describe('nextWish', () => {
  test.each<[name: string, keys: string, wish: Wish]>([
    ['Enter in a terminal', '\r', 'next'],
    ['Enter of a pipe', '\n', 'next'],
    ['space', ' ', 'next'],
    ['q', 'q', 'stop'],
    ['Q', 'Q', 'stop'],
    ['Ctrl-C where it is only a key', '\x03', 'stop'],
    ['another key and then Enter', 'x\r', 'next'],
    ['the first that means something counts', 'xq\r', 'stop'],
  ])('%s', async (_name, keys, wish) => {
    const input = new PassThrough()
    input.write(keys)
    expect(await nextWish(input, never)).toBe(wish)
  })

  test('a key that means nothing is waited over', async () => {
    const input = new PassThrough()
    const wish = nextWish(input, never)
    input.write('x')
    input.write('\r')
    expect(await wish).toBe('next')
  })

  test('the end of the input goes on, now and later', async () => {
    const input = new PassThrough()
    input.end()
    expect(await nextWish(input, never)).toBe('next')
    expect(await nextWish(input, never)).toBe('next')
  })

  test('an interruption stops it, before and meanwhile', async () => {
    expect(await nextWish(new PassThrough(), AbortSignal.abort())).toBe('stop')
    const interruption = new AbortController()
    const wish = nextWish(new PassThrough(), interruption.signal)
    interruption.abort()
    expect(await wish).toBe('stop')
  })

  test('a terminal gives single keys only as long as it is asked, and nobody listens then', async () => {
    const modes: boolean[] = []
    const input: KeyInput = Object.assign(new PassThrough(), {
      isTTY: true,
      setRawMode: (raw: boolean) => modes.push(raw),
    })
    input.emit('data', '')
    const wish = nextWish(input, never)
    input.emit('data', 'q')
    expect(await wish).toBe('stop')
    expect(modes).toEqual([true, false])
    expect(input.listenerCount('data')).toBe(0)
    expect(input.listenerCount('end')).toBe(0)
  })
})
