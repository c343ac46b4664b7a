/** A client and answers that are cut at every byte: it has the whole answer, or a ClientError; it never waits in vain. */
import { expect, test } from 'vitest'
import { Client } from '../../src/http/client.ts'
import { ClientError } from '../../src/http/client-connection.ts'
import { FakeServer, type RawSocket } from '../support/raw-socket.ts'

interface Form {
  readonly name: string
  readonly method?: string
  readonly bytes: string
  /** Of the whole answer. */
  readonly body: string
  /** Where the whole answer is there although not all bytes are: from this byte on, the length so far is the body. */
  readonly untilClose?: number
}

const HEAD = 'HTTP/1.1 200 OK\r\nX: 1\r\n'

const FORMS: readonly Form[] = [
  { name: 'a length', bytes: `${HEAD}Content-Length: 5\r\n\r\nhello`, body: 'hello' },
  { name: 'a length of 0', bytes: `${HEAD}Content-Length: 0\r\n\r\n`, body: '' },
  {
    name: 'chunks',
    bytes: `${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n`,
    body: 'hello',
  },
  {
    name: 'chunks and trailers',
    bytes: `${HEAD}Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nT: 1\r\nU: 2\r\n\r\n`,
    body: 'hello',
  },
  { name: 'no body', bytes: 'HTTP/1.1 204 No Content\r\nX: 1\r\n\r\n', body: '' },
  { name: 'not modified', bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', body: '' },
  { name: 'HEAD', method: 'HEAD', bytes: `${HEAD}Content-Length: 5\r\n\r\n`, body: '' },
  {
    name: 'interim answers',
    bytes: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${HEAD}Content-Length: 5\r\n\r\nhello`,
    body: 'hello',
  },
  { name: 'the end', bytes: `${HEAD}\r\nhello`, body: 'hello', untilClose: `${HEAD}\r\n`.length },
  {
    name: 'the end, HTTP/1.0',
    bytes: 'HTTP/1.0 200 OK\r\n\r\nhello',
    body: 'hello',
    untilClose: 'HTTP/1.0 200 OK\r\n\r\n'.length,
  },
]

type Ending = (peer: RawSocket) => void

const ENDINGS: readonly (readonly [name: string, end: Ending])[] = [
  [
    'FIN',
    (peer) => {
      peer.finish()
    },
  ],
  [
    'RST',
    (peer) => {
      peer.reset()
    },
  ],
]

/** The body of the answer, or the name of the error. */
async function outcome(asked: Promise<{ readonly body: Uint8Array }>): Promise<string> {
  try {
    return `body ${Buffer.from((await asked).body).toString()}`
  } catch (error) {
    if (error instanceof ClientError) return 'ClientError'
    throw error
  }
}

async function streamed(client: Client, server: FakeServer, method: string): Promise<{ body: Buffer }> {
  const { pieces } = await client.stream(server.address, { method, target: '/' })
  const all: Buffer[] = []
  for await (const piece of pieces) all.push(piece)
  return { body: Buffer.concat(all) }
}

test.each(FORMS.flatMap((form) => ENDINGS.map(([ending, end]) => ({ ...form, ending, end }))))(
  'an answer with $name, cut by $ending',
  async ({ method = 'GET', bytes, body, untilClose, ending, end }) => {
    let cut = 0
    await using server = await FakeServer.listen((peer) => {
      peer.when(
        (received) => received.includes('\r\n\r\n'),
        async () => {
          await peer.send(bytes.slice(0, cut))
          end(peer)
        },
      )
    })
    await using client = new Client()
    for (; cut <= bytes.length; cut++) {
      const whole = `body ${body}`
      const part =
        untilClose === undefined || cut < untilClose ? 'ClientError' : `body ${bytes.slice(untilClose, cut)}`
      const expected = cut === bytes.length ? [whole] : [part]
      // What was sent before a reset may be lost, and a body until the end has no end then.
      if (ending === 'RST') expected.push('ClientError')
      const asked = outcome(client.request(server.address, { method, target: '/' }))
      expect(expected, `cut at ${cut}`).toContain(await asked)
      expect(expected, `streamed, cut at ${cut}`).toContain(await outcome(streamed(client, server, method)))
    }
    expect(server.peers, 'nothing is asked twice on a fresh connection').toHaveLength(2 * (bytes.length + 1))
  },
)

test('pipelined requests whose answers are cut at every byte: the whole ones are answered, the others rejected, in order', async () => {
  const answers = ['one', 'two', 'six'].map((text) => `HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n${text}`)
  const bytes = answers.join('')
  let cut = 0
  await using server = await FakeServer.listen((peer) => {
    peer.when(
      (received) => received.split('\r\n\r\n').length > 3,
      async () => {
        await peer.send(bytes.slice(0, cut))
        peer.finish()
      },
    )
  })
  await using client = new Client()
  for (; cut <= bytes.length; cut++) {
    const line = client.line(server.address)
    const asked = ['/1', '/2', '/3'].map((target) => outcome(line.request({ method: 'GET', target })))
    const whole = Math.floor(cut / (answers[0]?.length ?? 1))
    expect(await Promise.all(asked), `cut at ${cut}`).toEqual([
      ...['body one', 'body two', 'body six'].slice(0, whole),
      ...Array.from({ length: 3 - whole }, () => 'ClientError'),
    ])
    expect(await outcome(line.request({ method: 'GET', target: '/4' }))).toBe('ClientError')
  }
})
