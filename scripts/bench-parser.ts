/**
 * The request parser alone: ns per request and MB/s for small, typical and large heads, and for a chat message.
 *
 *   npm run bench:parser -- [--milliseconds 500] [--rounds 5]
 */
import { DEFAULT_LIMITS } from '../src/http/message.ts'
import { RequestParser } from '../src/http/codec/request-parser.ts'
import { progress, publish } from './bench/output.ts'
import { settings } from './bench/settings.ts'
import { Rounds, median, spread } from './bench/statistics.ts'

const { numbers, quick, json, command } = settings({ numbers: { milliseconds: [500, 10], rounds: [5, 1] } })
const body = JSON.stringify({
  id: 'c0ffee-1',
  from: { ip: '127.0.0.1', port: 8000, name: 'alice' },
  channel: 'general',
  message: 'x'.repeat(180),
})
const browser = [
  'Host: 192.168.1.5:8080',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Accept-Language: en-GB,en;q=0.9,de;q=0.8',
  'Accept-Encoding: gzip, deflate, br',
  'Connection: keep-alive',
  'Sec-Fetch-Dest: document',
  'Sec-Fetch-Mode: navigate',
  'Sec-Fetch-Site: none',
  'Cache-Control: max-age=0',
]
const INPUTS: Readonly<Record<string, string>> = {
  small: 'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'chat message': `POST /p2p/receive HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nContent-Type: application/json\r\nUser-Agent: parley/0.1.0\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  typical: `GET /chat HTTP/1.1\r\n${browser.join('\r\n')}\r\n\r\n`,
  large: `GET / HTTP/1.1\r\nHost: a\r\n${Array.from({ length: 90 }, (_, index) => `X-Field-${index}: ${'v'.repeat(120)}\r\n`).join('')}\r\n`,
}

const begin = performance.now()
const nanos = new Rounds()
// The first round is for the compiler.
for (let round = 0; round <= numbers.rounds; round++)
  for (const [name, text] of Object.entries(INPUTS)) {
    progress(`parser, round ${round} of ${numbers.rounds}: ${name}`)
    const each = nanosPerRequest(Buffer.from(text))
    if (round > 0) nanos.add(name, each)
  }
const rows = Object.entries(INPUTS).map(([name, text]) => {
  const each = median(nanos.of(name))
  return [name, text.length, spread(nanos.of(name)), (text.length / each) * 1000]
})
publish(
  {
    name: 'parser',
    title: 'The request parser alone',
    about: [
      `The same request again and again, ${numbers.milliseconds} ms a round, ${numbers.rounds} rounds: heads that come again are looked up, as they are on a kept connection.`,
    ],
    command,
    quick,
    seconds: (performance.now() - begin) / 1000,
    tables: [{ title: 'By request', columns: ['request', 'bytes', 'ns/request', 'MB/s'], rows }],
    charts: [],
    goals: [],
    notes: [],
  },
  json,
)

function nanosPerRequest(bytes: Buffer): number {
  const parser = new RequestParser(DEFAULT_LIMITS)
  const until = performance.now() + numbers.milliseconds
  const begin = process.hrtime.bigint()
  let requests = 0
  while (performance.now() < until) {
    for (let index = 0; index < 200; index++) {
      parser.push(bytes)
      if (parser.next() === undefined) throw new Error('not a whole request')
    }
    requests += 200
  }
  return Number(process.hrtime.bigint() - begin) / requests
}
