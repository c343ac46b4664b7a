/** What docs/reading.md shows is true: messages of the wire, and what its exercises rely on. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT, blocksOf, proseOf, read } from './documents.ts'
import { testLan } from '../peer/discovery/lan-support.ts'
import { startPeer } from '../support/peers.ts'
import { scenarioFor } from '../simulation/scenario.ts'
import { parseAnswer } from '../support/ask.ts'
import { RawSocket } from '../support/raw-socket.ts'
import { until } from '../support/wait.ts'
import { incomingMessage } from '../../src/chat/wire/messages.ts'
import { jsonObject } from '../../src/http/body.ts'
import { DEFAULT_LIMITS } from '../../src/http/message.ts'
import { RequestParser } from '../../src/http/codec/request-parser.ts'
import { ResponseParser } from '../../src/http/codec/response-parser.ts'
import { decode } from '../../src/udp/lsnp/codec.ts'

const TEXT = read('docs/reading.md')
const BLOCKS = blocksOf(TEXT)

/** A message as it went over the wire: no line end after its body. */
function message(index: number): Buffer {
  const shown = BLOCKS.filter(({ language }) => language === 'http')[index]?.text ?? ''
  const [head = '', body = ''] = shown.trimEnd().split('\n\n')
  return Buffer.from(`${head.replaceAll('\n', '\r\n')}\r\n\r\n${body}`)
}

test('the request parses, has the stated length, and carries a message', () => {
  const bytes = message(0)
  const parser = new RequestParser(DEFAULT_LIMITS)
  parser.push(bytes)
  const request = parser.next()
  expect(parser.buffered).toBe(0)
  expect(incomingMessage(jsonObject(request?.body.toString() ?? ''), '127.0.0.1')).toMatchObject({
    content: { text: 'Hello!' },
  })
  expect(TEXT).toContain(`over the wire, ${bytes.length} bytes`)
})

test('the answer parses and has the stated length', () => {
  const bytes = message(1)
  const parser = new ResponseParser(DEFAULT_LIMITS)
  parser.expect('POST')
  parser.push(bytes)
  expect(jsonObject(parser.next()?.body.toString() ?? '')).toMatchObject({ status: 'ok' })
  expect(TEXT).toContain(`comes back, ${bytes.length} bytes`)
})

test('the datagram is a PROFILE of the stated length', () => {
  const shown = BLOCKS.find(({ language }) => language === 'lsnp')?.text ?? ''
  const bytes = Buffer.from(shown.replaceAll('␠', ' '))
  expect(decode(bytes)).toMatchObject({
    ok: true,
    message: { type: 'PROFILE', displayName: 'bob', httpPort: 8901 },
  })
  expect(TEXT).toContain(`one datagram of ${bytes.length} bytes`)
})

test('the lines that the exercises remove exist', () => {
  const line = BLOCKS.find(({ language }) => language === 'ts')?.text.trim() ?? ''
  const source = read('src/http/codec/message-parser.ts')
  const method = source.slice(source.indexOf('  #readChunkEnd(): boolean {'))
  expect(method.slice(0, method.indexOf('\n  }\n'))).toContain(line)
  expect(read('src/http/codec/framing.ts')).toContain('both Content-Length and Transfer-Encoding')
  expect(read('src/peer/messages/routes.ts')).toMatch(/^ +await store\.saved\(\)$/m)
})

test('a peer takes the requests that the exercise writes by hand', async () => {
  const alice = await startPeer({ name: 'alice' })
  const requests = [...TEXT.matchAll(/^printf '([^']+)'/gm)].map(([, text = '']) =>
    text.replaceAll('\\r', '\r').replaceAll('\\n', '\n'),
  )
  const statuses: number[] = []
  for (const request of requests) {
    await using socket = await RawSocket.connect(alice.peer.self.port)
    void socket.send(request)
    statuses.push(parseAnswer(await socket.untilEnd()).status)
  }
  expect(statuses).toEqual([200, 200])
  await until(() => alice.heard().includes('127.0.0.1: Hello!'), 'alice hears it')
})

test('in the simulation of the exercise cables are cut at the stated time', () => {
  expect(proseOf(TEXT)).toMatch(
    /In the third world of the simulation a cable is cut at 4\.5 s, and two more later/,
  )
  const cuts = scenarioFor(3).steps.filter(({ action }) => action.kind === 'cut')
  expect(cuts.map(({ at }) => Math.round(at / 100) / 10)).toEqual([4.5, 65.3, 77.7])
})

test('a peer shows what the LSNP client of thirty lines says', async () => {
  const lan = await testLan()
  const alice = await startPeer({ name: 'alice', lan: lan.options })
  const script = join(ROOT, 'test/docs/lsnp-client.ts')
  const more = ['127.0.0.1', lan.everybody.host, String(lan.everybody.port)]
  const child = spawn(process.execPath, [
    '--import',
    'tsx',
    script,
    'dora',
    'Hello from thirty lines',
    ...more,
  ])
  await until(() => alice.heard().includes('dora: Hello from thirty lines'), 'alice hears it')
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0)
  const [, code = ''] = read('test/docs/lsnp-client.ts').split(' */\n')
  expect(code.split('\n').filter((line) => line !== '').length).toBeLessThanOrEqual(36)
})
