/** The answers of the table through the parser, cut everywhere, and through a client and a real socket. */
import { afterAll, describe, expect, test } from 'vitest'
import { Client } from '../../src/http/client.ts'
import { DEFAULT_LIMITS, ProtocolError, type ReceivedResponse } from '../../src/http/message.ts'
import { ResponseParser } from '../../src/http/codec/response-parser.ts'
import { byteByByte } from './feed.ts'
import { RESPONSES, type ResponseCase } from './responses.ts'
import { FakeServer } from '../support/raw-socket.ts'
import { promise } from '../support/wait.ts'

function describeResponse({ status, reason, version, headers, body, trailers, keepAlive }: ReceivedResponse) {
  const text = Buffer.from(body).toString('latin1')
  return { status, reason, version, headers: [...headers], body: text, trailers: [...trailers], keepAlive }
}

/** The first answer, 'error', or undefined: there is none yet. Whatever is no ProtocolError is thrown. */
function parse(pieces: Iterable<string>, { method = 'GET', fin, limits }: ResponseCase) {
  const parser = new ResponseParser({ ...DEFAULT_LIMITS, ...limits })
  parser.expect(method)
  try {
    for (const piece of pieces) {
      parser.push(Buffer.from(piece, 'latin1'))
      const response = parser.next()
      if (response !== undefined) return describeResponse(response)
    }
    const last = fin === true ? parser.end() : undefined
    return last === undefined ? undefined : describeResponse(last)
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return 'error'
  }
}

const ROWS = RESPONSES.map((row) => [`${row.id} ${row.name}`, row] as const)
let cuts = 0

describe('answers: the parser', () => {
  test.each(ROWS)('%s', (_name, row) => {
    const whole = parse([row.bytes], row)
    // 'nothing yet' is as good as an error here: what the client makes of it is tested below.
    if (row.response === undefined) expect(['error', undefined]).toContain(whole)
    else expect(whole).toMatchObject(row.response)
    expect(parse(byteByByte(row.bytes), row)).toEqual(whole)
    const expected = JSON.stringify(whole)
    for (let at = 1; at < row.bytes.length; at += row.bytes.length > 2_000 ? 37 : 1) {
      cuts++
      expect(JSON.stringify(parse([row.bytes.slice(0, at), row.bytes.slice(at)], row)), `cut at ${at}`).toBe(
        expected,
      )
    }
  })

  afterAll(() => {
    console.log(
      `answers: ${RESPONSES.length} rows, each whole and byte by byte, and cut in two ${cuts} times`,
    )
  })
})

describe('answers: the client', () => {
  test.each(ROWS)(
    '%s',
    async (_name, { bytes, method = 'GET', fin, limits = {}, response, reused = false }) => {
      await using server = await FakeServer.listen((peer) => {
        peer.when(
          (received) => received.includes('\r\n\r\n'),
          async () => {
            await peer.send(bytes)
            if (fin === true) peer.finish()
          },
        )
      })
      await using client = new Client({ limits })
      const answer = client.request(server.address, { method, target: '/' })
      if (response === undefined) {
        await expect(answer).rejects.toMatchObject({
          name: 'ClientError',
          code: expect.stringMatching(/^(?:protocol|closed)$/) as string,
        })
        await server.peers[0]?.untilEnd()
        return
      }
      expect(describeResponse(await answer)).toMatchObject(response)
      const kept = server.peers[0]
      if (!reused) await kept?.untilEnd()
      const again = promise()
      void client.request(server.address, { method: 'GET', target: '/again' }).catch(() => undefined)
      void kept
        ?.until((received) => received.includes('/again'))
        .then(
          () => {
            again.resolve()
          },
          () => undefined,
        )
      await (reused ? again.promise : expect.poll(() => server.peers.length).toBe(2))
      expect(server.peers).toHaveLength(reused ? 1 : 2)
    },
  )
})
