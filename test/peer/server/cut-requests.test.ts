/**
 * Requests that are cut at every byte, by FIN and by RST, pipelined, and in pieces of one byte, against the three ports
 * of Parley: each answer is whole and no internal error, and a message that was cut is never taken.
 */
import { expect, test } from 'vitest'
import { byteByByte } from '../../http/feed.ts'
import { readAnswers } from '../../support/answers.ts'
import { requestBytes, type Question } from '../../support/ask.ts'
import { RawSocket } from '../../support/raw-socket.ts'
import { startPeer } from '../../support/peers.ts'
import { startTracker } from '../../support/trackers.ts'
import { TOKEN, startWeb } from '../local-api/support.ts'

interface Port {
  readonly port: number
  readonly questions: readonly Question[]
  /** Messages that it has taken, or entries that it has made, by the id or name in the request. */
  readonly taken: () => readonly string[]
  /** What it reported as its own mistakes. */
  readonly errors: readonly unknown[]
}

const chunked = (text: string): string =>
  `POST /p2p/receive HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${[
    ...text.matchAll(/.{1,20}/g),
  ]
    .map(([piece]) => `${piece.length.toString(16)}\r\n${piece}\r\n`)
    .join('')}0\r\n\r\n`

const NAME = 'the whole message'
const MESSAGE = { from: { ip: '127.0.0.1', port: 7002, name: 'bob' }, message: NAME, channel: 'general' }

async function peerPort(): Promise<Port> {
  const errors: unknown[] = []
  const { peer, heard } = await startPeer({ name: 'alice', onError: (error) => errors.push(error) })
  const questions = [
    { target: '/p2p/hello' },
    { target: '/p2p/receive', body: { ...MESSAGE, id: 'whole' } },
    { target: '/p2p/batch', body: { messages: [{ ...MESSAGE, id: 'batch' }] } },
    { target: '/p2p/history?channel=general&within=10' },
  ]
  return { port: peer.address.port, questions, taken: heard, errors }
}

async function trackerPort(): Promise<Port> {
  const { tracker, errors, port } = await startTracker()
  const questions = [
    { target: '/get-list' },
    { target: '/submit-info', body: { ip: '127.0.0.1', port: 8005, name: 'bob', channels: ['general'] } },
  ]
  const taken = (): string[] => Array.from({ length: tracker.registry.size }, () => 'bob')
  return { port, questions, taken, errors }
}

async function webPort(): Promise<Port> {
  const errors: unknown[] = []
  const { port, events } = await startWeb({ name: 'alice' }, { onError: (error) => errors.push(error) })
  const headers = { Host: `127.0.0.1:${port}`, Authorization: `Bearer ${TOKEN}` }
  const questions = [
    { target: '/api/state', headers },
    { target: '/api/messages', body: { conversation: 'general', text: NAME, id: 'whole' }, headers },
  ]
  const taken = (): string[] => events.flatMap((event) => (event.kind === 'message' ? [NAME] : []))
  return { port, questions, taken, errors }
}

const PORTS: readonly (readonly [name: string, start: () => Promise<Port>])[] = [
  ['a peer', peerPort],
  ['a tracker', trackerPort],
  ['a page', webPort],
]

/** Statuses of answers to requests that were cut: the client's mistake, or a limit that it ran into. */
const ALLOWED = [400, 408, 429]

function statusesOf(bytes: string): number[] {
  const { answers, rest } = readAnswers(bytes)
  expect(rest, 'half an answer').toBe('')
  return answers.map(({ status }) => status)
}

test.each(PORTS)('%s: requests that are cut by FIN', async (_name, start) => {
  const { port, questions, taken, errors } = await start()
  for (const question of questions) {
    const bytes = requestBytes(question)
    for (let cut = 0; cut < bytes.length; cut++) {
      await using socket = await RawSocket.connect(port)
      void socket.send(bytes.slice(0, cut))
      socket.finish()
      for (const status of statusesOf(await socket.untilEnd()))
        expect(ALLOWED, `cut at ${cut}`).toContain(status)
    }
  }
  expect([taken(), errors]).toEqual([[], []])
})

test.each(PORTS)('%s: requests that are cut by RST', async (_name, start) => {
  const { port, questions, taken, errors } = await start()
  for (const question of questions) {
    const bytes = requestBytes(question)
    for (let cut = 1; cut < bytes.length; cut++) {
      await using socket = await RawSocket.connect(port)
      await socket.send(bytes.slice(0, cut))
      socket.reset()
    }
  }
  const [first] = questions
  if (first === undefined) throw new Error('no question')
  await using socket = await RawSocket.connect(port)
  await socket.send(requestBytes(first, { Connection: 'close' }))
  expect(statusesOf(await socket.untilEnd())).toEqual([200])
  expect([taken(), errors]).toEqual([[], []])
})

test.each(PORTS)('%s: a request that is cut behind whole ones: those are answered', async (_name, start) => {
  const { port, questions, errors } = await start()
  const [first, second] = questions
  if (first === undefined || second === undefined) throw new Error('no questions')
  // Legacy clients, which do not say what they are, get one answer on a connection.
  const agent = { 'User-Agent': 'parley/test' }
  const [whole, half] = [requestBytes(first, agent), requestBytes(second, agent)]
  for (let cut = 0; cut < half.length; cut += 3) {
    await using socket = await RawSocket.connect(port)
    void socket.send(whole + whole + half.slice(0, cut))
    socket.finish()
    const [one, two, ...others] = statusesOf(await socket.untilEnd())
    expect([one, two], `cut at ${cut}`).toEqual([200, 200])
    for (const status of others) expect(ALLOWED).toContain(status)
  }
  expect(errors).toEqual([])
})

test.each(PORTS)('%s: whole requests, one byte at a time, and in every two pieces', async (_name, start) => {
  const { port, questions, taken, errors } = await start()
  const [, second] = questions
  if (second === undefined) throw new Error('no question')
  const bytes = requestBytes(second, { Connection: 'close' })
  for (const pieces of [
    Array.from(byteByByte(bytes)),
    ...Array.from({ length: bytes.length - 1 }, (_, cut) => [bytes.slice(0, cut + 1), bytes.slice(cut + 1)]),
  ]) {
    await using socket = await RawSocket.connect(port)
    for (const piece of pieces) await socket.send(piece)
    socket.finish()
    expect(statusesOf(await socket.untilEnd())).toEqual([200])
  }
  expect([taken().length, errors]).toEqual([1, []])
})

test('a peer: a message in chunks that is cut is not taken, whole it is taken once', async () => {
  const { port, taken, errors } = await peerPort()
  const bytes = chunked(JSON.stringify({ ...MESSAGE, id: 'chunks' }))
  for (let cut = 1; cut < bytes.length; cut++) {
    await using socket = await RawSocket.connect(port)
    void socket.send(bytes.slice(0, cut))
    socket.finish()
    for (const status of statusesOf(await socket.untilEnd()))
      expect(ALLOWED, `cut at ${cut}`).toContain(status)
  }
  expect([taken(), errors]).toEqual([[], []])
  await using socket = await RawSocket.connect(port)
  void socket.send(bytes)
  socket.finish()
  expect(statusesOf(await socket.untilEnd())).toEqual([200])
  expect(taken()).toEqual([`bob: ${NAME}`])
})
