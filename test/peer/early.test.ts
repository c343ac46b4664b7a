/**
 * The three servers of the chat, asked with a head whose body does not come: what the head decides is answered before
 * the body and before `100 Continue`, and the connection closes. The rule itself: test/http/early.test.ts.
 */
import { describe, expect, test } from 'vitest'
import { RawSocket } from '../support/raw-socket.ts'
import { readAnswers } from '../support/answers.ts'
import { startWeb, TOKEN } from './local-api/support.ts'
import { startTracker } from '../support/trackers.ts'
import { startPeer } from '../support/peers.ts'

type Which = 'tracker' | 'peer' | 'web'

async function started(which: Which): Promise<{ port: number } & AsyncDisposable> {
  if (which === 'tracker') return startTracker()
  const port = which === 'peer' ? (await startPeer({ name: 'bob' })).peer.address.port : await webPort()
  // Both are stopped when the test is over.
  return { port, [Symbol.asyncDispose]: () => Promise.resolve() }
}

async function webPort(): Promise<number> {
  return (await startWeb({ name: 'alice' })).port
}

/** A head without its Host and its framing. */
interface Head {
  readonly line: string
  readonly fields?: readonly string[]
  /** Instead of the address of the server. */
  readonly host?: string
}

const JSON_TYPE = 'Content-Type: application/json'
const AUTHORIZED = `Authorization: Bearer ${TOKEN}`
const WRONG = 'Authorization: Bearer wrong'
const EVIL = 'Origin: http://evil.example'
const CROSS = 'Sec-Fetch-Site: cross-site'
const FRAMINGS = ['Content-Length: 5', 'Transfer-Encoding: chunked']
const EXPECTING = 'Expect: 100-continue'

const say = (...fields: readonly string[]): Head => ({ line: 'POST /api/messages', fields })

const REFUSED: [which: Which, what: string, head: Head, status: number, code?: string][] = [
  ['web', 'no token', say(JSON_TYPE), 401, 'unauthorized'],
  ['web', 'a wrong token', say(JSON_TYPE, WRONG), 401, 'unauthorized'],
  ['web', 'another name', { ...say(JSON_TYPE, AUTHORIZED), host: 'evil.example' }, 421, 'misdirected'],
  ['web', 'another page', say(JSON_TYPE, AUTHORIZED, EVIL), 403, 'forbidden_origin'],
  ['web', 'another site', say(JSON_TYPE, AUTHORIZED, CROSS), 403, 'forbidden_site'],
  ['web', 'no JSON', say('Content-Type: text/plain', AUTHORIZED), 415, 'unsupported_media_type'],
  ['web', 'no type', say(AUTHORIZED), 415, 'unsupported_media_type'],
  ['web', 'an unknown path', { line: 'POST /nowhere', fields: [JSON_TYPE, AUTHORIZED] }, 404, 'not_found'],
  [
    'web',
    'another method',
    { line: 'PUT /api/messages', fields: [JSON_TYPE, AUTHORIZED] },
    405,
    'method_not_allowed',
  ],
  [
    'web',
    'the old way to send, no token',
    { line: 'POST /send-peer', fields: [JSON_TYPE] },
    401,
    'unauthorized',
  ],
  [
    'web',
    'the page cannot be written',
    { line: 'PUT /chat', fields: [JSON_TYPE] },
    405,
    'method_not_allowed',
  ],
  [
    'web',
    'its files cannot either',
    { line: 'PUT /chat/a/b.js', fields: [JSON_TYPE] },
    405,
    'method_not_allowed',
  ],
  ['web', 'an expectation', say(JSON_TYPE, AUTHORIZED, 'Expect: more'), 417],
  ['web', 'a tunnel', { line: 'CONNECT a:1', host: 'a:1' }, 405],
  ['tracker', 'another name', { line: 'POST /submit-info', host: 'evil.example' }, 421, 'misdirected'],
  ['tracker', 'a page', { line: 'POST /submit-info', fields: [EVIL] }, 403, 'forbidden_origin'],
  ['tracker', 'an unknown path', { line: 'POST /nowhere' }, 404, 'not_found'],
  ['tracker', 'another method', { line: 'PUT /heartbeat' }, 405, 'method_not_allowed'],
  ['tracker', 'an expectation', { line: 'POST /submit-info', fields: ['Expect: more'] }, 417],
  ['peer', 'another name', { line: 'POST /p2p/receive', host: 'evil.example' }, 421, 'misdirected'],
  ['peer', 'a page', { line: 'POST /p2p/receive', fields: [EVIL] }, 403, 'forbidden_origin'],
  ['peer', 'an unknown path', { line: 'POST /nowhere' }, 404, 'not_found'],
  ['peer', 'another method', { line: 'PUT /p2p/receive' }, 405, 'method_not_allowed'],
  ['peer', 'an expectation', { line: 'POST /p2p/receive', fields: ['Expect: more'] }, 417],
]

describe('is refused before its body', () => {
  test.each(REFUSED)('%s: %s', async (which, _what, { line, fields = [], host }, status, code) => {
    await using server = await started(which)
    for (const framing of FRAMINGS) {
      // `Expect: more` is the one expectation there is then.
      const more = fields.some((field) => field.startsWith('Expect')) ? [] : [EXPECTING]
      const lines = [
        `${line} HTTP/1.1`,
        `Host: ${host ?? `127.0.0.1:${server.port}`}`,
        ...fields,
        ...more,
        framing,
      ]
      await using socket = await RawSocket.connect(server.port)
      await socket.send(`${lines.join('\r\n')}\r\n\r\n`)
      const { answers, rest } = readAnswers(await socket.untilEnd())
      expect(answers.map((answer) => [answer.status, answer.fields['connection']])).toEqual([
        [status, 'close'],
      ])
      expect(rest).toBe('')
      if (code !== undefined) expect(JSON.parse(answers[0]?.body ?? '')).toMatchObject({ error: code })
    }
  })
})

const TAKEN: [which: Which, head: Head][] = [
  ['web', say(JSON_TYPE, AUTHORIZED)],
  ['tracker', { line: 'POST /submit-info', fields: [JSON_TYPE] }],
  ['peer', { line: 'POST /p2p/receive', fields: [JSON_TYPE] }],
]

test.each(TAKEN)(
  '%s: what the head does not refuse is told to go on',
  async (which, { line, fields = [] }) => {
    await using server = await started(which)
    await using socket = await RawSocket.connect(server.port)
    const lines = [
      `${line} HTTP/1.1`,
      `Host: 127.0.0.1:${server.port}`,
      ...fields,
      EXPECTING,
      'Content-Length: 5',
    ]
    await socket.send(`${lines.join('\r\n')}\r\n\r\n`)
    expect(await socket.until((bytes) => bytes.includes('\r\n\r\n'))).toBe('HTTP/1.1 100 Continue\r\n\r\n')
  },
)

test('a wrong token is counted once, whether its body comes or not', async () => {
  const { port } = await startWeb({ name: 'alice' })
  const statuses: number[] = []
  for (let count = 0; count < 12; count++) {
    await using socket = await RawSocket.connect(port)
    const head = `POST /api/messages HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${JSON_TYPE}\r\n${WRONG}\r\n`
    await socket.send(`${head}Connection: close\r\nContent-Length: 2\r\n\r\n${count % 2 === 0 ? '' : '{}'}`)
    statuses.push(readAnswers(await socket.untilEnd()).answers[0]?.status ?? 0)
  }
  expect(statuses.slice(0, 11)).toEqual([...Array<number>(10).fill(401), 429])
})
