/**
 * The requirements against a real server: each row once over a real socket. Answers come in order, the last
 * one says whether the connection closes, and then it does.
 */
import { describe, expect, test } from 'vitest'
import { CASES } from './requirements/index.ts'
import { echo, readEcho, serve } from './support.ts'
import { RawSocket } from '../support/raw-socket.ts'
import { complete, readAnswers, type Answer } from '../support/answers.ts'
import type { Case } from './requirements/case.ts'

const PROBE = 'GET /probe HTTP/1.1\r\nHost: a\r\n\r\n'

function expectedStatuses({ requests, error, answers }: Case): readonly number[] {
  return answers ?? [...requests.map(() => 200), ...(error === undefined ? [] : [error])]
}

/** RFC 9110 section 5.6.7: two digits for the day, GMT. */
const IMF_FIXDATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/

/** Requirements for every answer: S01, S03 and S05. */
function expectWellFormed({ status, fields, body }: Answer): void {
  expect(fields['date']).toMatch(IMF_FIXDATE)
  expect(fields['transfer-encoding']).toBeUndefined()
  if (status === 204) expect(fields['content-length']).toBeUndefined()
  else expect(fields['content-length']).toMatch(/^\d+$/)
  if (body !== '') expect(fields['content-type']).toBeDefined()
  if (status >= 400) expect(fields['x-content-type-options']).toBe('nosniff')
  if (status === 405) expect(fields['allow']).toMatch(/^GET, /)
}

/** Everything the server says to a row; a connection that should go on is asked once more. */
async function converse(
  row: Case,
  port: number,
  methods: readonly string[],
  closes: boolean,
): Promise<Answer[]> {
  await using client = await RawSocket.connect(port)
  void client.send(row.bytes)
  if (row.fin === true) client.finish()
  if (closes) {
    const { answers, rest } = readAnswers(await client.untilEnd(), methods)
    expect(rest).toBe('')
    return answers
  }
  const expected = expectedStatuses(row).length
  await client.until(complete(expected, methods))
  await client.send(PROBE)
  const { answers, rest } = readAnswers(await client.until(complete(expected + 1, methods)), methods)
  expect(rest).toBe('')
  expect(client.ended).toBe(false)
  expect(readEcho(answers.pop()).path).toBe('/probe')
  return answers
}

describe('requirements: the server', () => {
  test.each(CASES.map((row) => [`${row.id} ${row.name}`, row] as const))('%s', async (_name, row) => {
    await using server = await serve(echo, { limits: row.limits ?? {} })
    const methods = row.requests.map(({ method }) => method ?? 'GET')
    const closes = row.closes ?? row.error !== undefined
    const answers = await converse(row, server.address.port, methods, closes)

    expect(answers.map(({ status }) => status)).toEqual(expectedStatuses(row))
    answers.forEach(expectWellFormed)
    const last = answers.at(-1)?.fields['connection']
    // A client that has sent its FIN knows already that nothing follows.
    const saysSo = row.fin !== true || row.error !== undefined
    if (answers.length > 0 && saysSo) expect(last === 'close').toBe(closes)
    for (const answer of answers.slice(0, -1)) expect(answer.fields['connection']).toBeUndefined()
    row.requests.forEach((request, index) => {
      const answer = answers[index]
      if (answer?.status !== 200 || methods[index] === 'HEAD') return
      const { path, host, body } = request
      expect(readEcho(answer)).toMatchObject(JSON.parse(JSON.stringify({ path, host, body })) as object)
    })
  })
})
