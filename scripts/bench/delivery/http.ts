/** A POST for each message to node:http, from its own client and from undici: one kept connection, so in order. */
import { Agent, createServer, request } from 'node:http'
import { Client } from 'undici'
import { ACKNOWLEDGED, messageOf, textOf, type Wire } from './wire.ts'

const PATH = '/p2p/receive'
const HEADERS = { 'Content-Type': 'application/json' }

const receive: Wire['receive'] = async ({ port }, onText) => {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (piece: string) => (body += piece))
    request.on('end', () => {
      // The answer is the acknowledgement.
      onText(textOf(body), () => undefined)
      response.writeHead(200, { ...HEADERS, 'Content-Length': ACKNOWLEDGED.length })
      response.end(ACKNOWLEDGED)
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
}

export const agent: Wire = {
  receive,

  connect({ port }, onAcknowledged) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const send = (text: string): void => {
      const body = messageOf(text)
      const headers = { ...HEADERS, 'Content-Length': Buffer.byteLength(body) }
      const asked = request({ agent, port, host: '127.0.0.1', method: 'POST', path: PATH, headers })
      asked.on('response', (response) => {
        let answer = ''
        response.setEncoding('utf8')
        response.on('data', (piece: string) => (answer += piece))
        response.on('end', () => {
          JSON.parse(answer)
          onAcknowledged()
        })
      })
      asked.end(body)
    }
    return Promise.resolve(send)
  },
}

export const undici: Wire = {
  receive,

  connect({ port }, onAcknowledged) {
    const client = new Client(`http://127.0.0.1:${port}`)
    const send = async (text: string): Promise<void> => {
      const { body } = await client.request({
        method: 'POST',
        path: PATH,
        headers: HEADERS,
        body: messageOf(text),
      })
      await body.json()
      onAcknowledged()
    }
    return Promise.resolve((text) => {
      void send(text)
    })
  },
}
